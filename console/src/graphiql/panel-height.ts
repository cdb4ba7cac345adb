import { useState, type KeyboardEvent, type PointerEvent } from "react";

const KEY = "anabranch:calls-height";
const MIN = 96;
const STEP = 24;
/** What GraphiQL keeps at least. */
const REST = 260;

const max = () => Math.max(MIN, window.innerHeight - REST);
const clamp = (height: number) => Math.round(Math.min(max(), Math.max(MIN, height)));

/** The panel's height, and the properties of the separator that changes it by pointer or arrow keys. */
export function usePanelHeight() {
  const [height, setHeight] = useState(() => clamp(Number(localStorage.getItem(KEY)) || 236));
  function change(next: number) {
    const value = clamp(next);
    setHeight(value);
    localStorage.setItem(KEY, String(value));
  }
  return {
    height,
    separator: {
      role: "separator",
      tabIndex: 0,
      "aria-orientation": "horizontal" as const,
      "aria-valuemin": MIN,
      "aria-valuemax": max(),
      "aria-valuenow": height,
      onPointerDown(event: PointerEvent<HTMLElement>) {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.preventDefault();
      },
      onPointerMove(event: PointerEvent<HTMLElement>) {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) change(window.innerHeight - event.clientY);
      },
      onKeyDown(event: KeyboardEvent) {
        const next = { ArrowUp: height + STEP, ArrowDown: height - STEP, Home: max(), End: MIN }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        change(next);
      },
    },
  };
}
