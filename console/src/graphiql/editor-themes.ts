import { useMonaco } from "@graphiql/react";
import { useEffect } from "react";

/** GraphiQL's editor themes with this console's accent in place of GraphiQL's pink. */
const ACCENT = { light: "#0a6577", dark: "#63d0e2" };
const SURFACE = { light: "#ffffff", dark: "#152023" };
const SLIDER = { light: "#8aa0a666", dark: "#6d868d66" };
const TRANSPARENT = "#ffffff00";

function colors(theme: "light" | "dark") {
  const accent = ACCENT[theme];
  const soft = `${accent}22`;
  const surface = SURFACE[theme];
  return {
    "editor.background": TRANSPARENT,
    "scrollbar.shadow": TRANSPARENT,
    "scrollbarSlider.background": SLIDER[theme],
    "textLink.foreground": accent,
    "textLink.activeForeground": accent,
    "editorLink.activeForeground": accent,
    "editorHoverWidget.background": surface,
    "editorSuggestWidget.background": surface,
    "editorSuggestWidget.selectedBackground": soft,
    "editorSuggestWidget.selectedForeground": accent,
    "editorSuggestWidget.highlightForeground": accent,
    "editorSuggestWidget.focusHighlightForeground": accent,
    "editorWidget.background": surface,
    "editorWidget.resizeBorder": accent,
    "list.hoverBackground": soft,
    "list.highlightForeground": accent,
    "list.focusHighlightForeground": accent,
    "menu.background": surface,
    "menu.selectionBackground": soft,
    "menu.selectionForeground": accent,
    "quickInput.background": surface,
    "quickInputList.focusBackground": soft,
    "quickInputList.focusForeground": accent,
    "pickerGroup.foreground": accent,
    "toolbar.hoverBackground": soft,
    "inputOption.hoverBackground": soft,
    focusBorder: accent,
  };
}

export function useEditorThemes() {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (!monaco) return;
    monaco.editor.defineTheme("graphiql-LIGHT", { base: "vs", inherit: true, colors: colors("light"), rules: LIGHT_RULES });
    monaco.editor.defineTheme("graphiql-DARK", { base: "vs-dark", inherit: true, colors: colors("dark"), rules: DARK_RULES });
    // GraphiQL reads the system's preference once; a change while the page is open reaches only its style sheets.
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      const forced = ["graphiql-light", "graphiql-dark"].some((name) => document.body.classList.contains(name));
      if (!forced) monaco.editor.setTheme(dark.matches ? "graphiql-DARK" : "graphiql-LIGHT");
    };
    dark.addEventListener("change", follow);
    return () => dark.removeEventListener("change", follow);
  }, [monaco]);
}

const LIGHT_RULES = [
  { token: "argument.identifier.gql", foreground: "#5b46a0" },
  { token: "comment.gql", foreground: "#5b6f76" },
];
const DARK_RULES = [
  { token: "argument.identifier.gql", foreground: "#b3a2f2" },
  { token: "comment.gql", foreground: "#8ba1a8" },
];
