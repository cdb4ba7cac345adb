/** F6 and Shift-F6 move between the panes: in an editor the Tab key writes a tab, so another way out is needed. */

const PANES = [
  ".topbar a, .topbar button",
  ".graphiql-plugin button, .graphiql-plugin input",
  ".graphiql-query-editor textarea",
  ".graphiql-editor-tool .graphiql-editor:not(.hidden) textarea",
  ".graphiql-response textarea",
  ".calls-toggle",
];

export function installPaneKeys() {
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const targets = PANES.map(firstVisible).filter((element) => element !== null);
      const current = targets.findIndex((target) => paneOf(target)?.contains(document.activeElement));
      const step = event.shiftKey ? -1 : 1;
      const next = current < 0 ? 0 : (current + step + targets.length) % targets.length;
      targets[next]?.focus();
    },
    true,
  );
}

function firstVisible(selector: string): HTMLElement | null {
  return [...document.querySelectorAll<HTMLElement>(selector)].find((element) => element.checkVisibility()) ?? null;
}

function paneOf(target: Element): Element | null {
  return target.closest(".topbar, .graphiql-plugin, .graphiql-query-editor, .graphiql-editor-tool, .graphiql-response, .calls");
}
