"""Draws a flame graph: `perf script --fields comm,ip,sym | flame-graph.py TITLE > FILE.svg`.

Each box is a function; its width is the share of samples in which it was running or waiting for what it called, and
what it called stands above it. Boxes carry their full name and share as a tooltip. No scripts, no external parts.
"""

import re
import sys
from html import escape
from zlib import crc32

WIDTH, LINE, MARGIN, LETTER = 1200, 17, 12, 6.6
NARROWEST = 0.6  # pixels; what is narrower is left out

KERNEL = ("entry_", "do_syscall", "asm_", "__x64_sys", "ret_from_fork")


def stacks(lines):
    """Yields each sample's functions, outermost first."""
    frames = []
    for line in [*lines, ""]:
        if not line.strip():
            if frames:
                yield above_runtime(frames[::-1])
            frames = []
        elif line[0].isspace():
            frames.append(readable(line.split(None, 1)[-1].strip()))


def above_runtime(frames):
    """Without how a thread gets to the task that it works on, which is the same in all stacks."""
    tasks = [at for at, name in enumerate(frames) if name == "tokio::runtime::task::raw::poll"]
    return frames[tasks[-1] + 1 :] if tasks else frames


def readable(symbol):
    """A Rust symbol without its hash and its generic arguments; of `<Type as Trait>::f`, what is `Type::f`."""
    symbol = re.sub(r"::h[0-9a-f]{16}$", "", symbol)

    def without(found):
        itself = found.start() == 0 and not found.group(1)
        return found.group(2).split(" as ")[0].lstrip("&*") if itself else ""

    while (shorter := re.sub(r"(::)?<([^<>]*)>", without, symbol)) != symbol:
        symbol = shorter
    return symbol.replace("{{closure}}", "{closure}") or "unknown"


def tree(samples):
    """Merges stacks by their common beginnings; a function that calls itself at once is one box."""
    root = {"count": 0, "children": {}}
    for frames in samples:
        node = root
        node["count"] += 1
        last = None
        for name in frames:
            if name == last or name == "[unknown]":
                continue
            last = name
            node = node["children"].setdefault(name, {"count": 0, "children": {}})
            node["count"] += 1
    return root


def color(name):
    """Kernel blue, the program's own code orange, libraries gray-green; a little different for each name."""
    shade = crc32(name.encode()) % 24
    if "::" not in name or name.startswith(KERNEL):
        return f"rgb({150 + shade},{185 + shade},{225})"
    if name.startswith("anabranch::"):
        return f"rgb(245,{150 + shade * 2},{80 + shade})"
    return f"rgb({195 + shade},{215 + shade // 2},{170 + shade})"


def boxes(name, node, left, depth, scale):
    """Yields (name, count, left, depth) of this box and of all above it that can be seen."""
    if node["count"] * scale < NARROWEST:
        return
    if depth >= 0:
        yield name, node["count"], left, depth
    for child, below in sorted(node["children"].items()):
        yield from boxes(child, below, left, depth + 1, scale)
        left += below["count"] * scale


def main():
    title = sys.argv[1]
    root = tree(stacks(sys.stdin))
    total = root["count"]
    if total == 0:
        sys.exit("no samples")
    scale = (WIDTH - 2 * MARGIN) / total
    drawn = list(boxes("", root, MARGIN, -1, scale))
    height = (max(depth for *_, depth in drawn) + 1) * LINE + 60
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
        f'<text x="{MARGIN}" y="22" font-size="15">{escape(title)}</text>'
        f'<text x="{MARGIN}" y="38" fill="#555">{total} samples of processor time; '
        f"orange: Anabranch, green: libraries, blue: kernel and C</text>"
    )
    for name, count, left, depth in drawn:
        width, top = count * scale, height - 10 - (depth + 1) * LINE
        share = f"{escape(name)}, {100 * count / total:.1f} %"
        text = shortened(name, int((width - 4) / LETTER))
        print(
            f'<g><title>{share}</title><rect x="{left:.1f}" y="{top}" width="{max(width - 0.3, 0.3):.1f}" '
            f'height="{LINE - 1}" fill="{color(name)}"/>'
            + (f'<text x="{left + 2:.1f}" y="{top + 12}">{escape(text)}</text>' if text else "")
            + "</g>"
        )
    print("</svg>")


def shortened(name, letters):
    """As much of the end of a path as there is room for: the beginning says the least."""
    if letters < 4:
        return ""
    while len(name) > letters and "::" in name:
        name = name.split("::", 1)[1]
    return name if len(name) <= letters else name[: letters - 1] + "…"


main()
