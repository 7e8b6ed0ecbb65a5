"""The picture of one step of training, drawn from `Game.play`: its calls, and what passes on.

A box is a call in `play`, in its order, and beside it stand the hooks that it reaches. An arrow
is a variable, from the call that makes it to the calls that use it.
"""

import ast
import textwrap
from typing import NamedTuple
from xml.sax.saxutils import escape

from pages.places import ROOT

PICTURE = "flow.svg"
WIDTH, BOX, LEFT, TOP = 800, 34, 190, 20
INK, LINE, GREY, PAPER, FILL = "#1c2430", "#3f6fb5", "#6b7480", "#ffffff", "#e8effa"


class Call(NamedTuple):
    """A call of a method in `play`.

    Attributes:
        name: Of the method.
        makes, uses: Variables.
        when: The condition or loop that it stands in.
        hooks: Public methods that it reaches.
    """

    name: str
    makes: tuple[str, ...]
    uses: tuple[str, ...]
    when: str
    hooks: tuple[str, ...]


def calls() -> list[Call]:
    """The calls of `Game.play`, in their order."""
    path = ROOT / "keras_gan" / "engine" / "game.py"
    (game,) = (
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Game"
    )
    methods = {node.name: node for node in game.body if isinstance(node, ast.FunctionDef)}
    return _of(methods["play"].body, methods, "")


def _of(body: list[ast.stmt], methods: dict[str, ast.FunctionDef], when: str) -> list[Call]:
    found = []
    for node in body:
        if isinstance(node, ast.With):
            found += _of(node.body, methods, when)
        elif isinstance(node, ast.If):
            found += _of(node.body, methods, f"if {ast.unparse(node.test)}")
        elif isinstance(node, ast.For):
            loop = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"
            inside = _of(node.body, methods, loop)
            found += [call._replace(uses=(*call.uses, ast.unparse(node.iter))) for call in inside]
        elif isinstance(node, ast.Expr) and not _is_own(node.value):
            continue  # a check
        else:
            targets = node.targets if isinstance(node, ast.Assign) else []
            makes = tuple(n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name))
            own = _methods(node)
            if not own:
                continue
            uses = (n.id for n in ast.walk(node) if isinstance(n, ast.Name))
            passed = tuple(dict.fromkeys(u for u in uses if u not in ("self", "compilation")))
            uses = tuple(u for u in passed if u not in makes or _reads(node, u))
            hooks = dict.fromkeys(hook for name in own for hook in _hooks(name, methods))
            name = own[-1]  # the outermost is met last
            found.append(Call(name, makes, uses, when, tuple(h for h in hooks if h != name)))
    return found


def _methods(node: ast.AST) -> list[str]:
    """Methods of `self` that are called, the inner ones first."""
    own = []
    for child in ast.iter_child_nodes(node):
        own += _methods(child)
    return [*own, node.func.attr] if _is_own(node) else own


def _is_own(node: ast.AST) -> bool:
    """Whether it is a call of a method of `self`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[0] == "self"


def _reads(node: ast.stmt, name: str) -> bool:
    loads = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return any(n.id == name for n in loads)


def _hooks(name: str, methods: dict[str, ast.FunctionDef]) -> list[str]:
    """The public methods that a method is or reaches by private ones."""
    if not name.startswith("_"):
        return [name]
    inner = _methods(methods[name]) if name in methods else []
    return [hook for own in inner if own != name for hook in _hooks(own, methods)]


def svg() -> str:
    """The picture."""
    rows = calls()
    beside = [_beside(row) for row in rows]
    tops = [TOP]
    for lines in beside:
        tops.append(tops[-1] + max(58, 17 * len(lines) + 14))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tops[-1]}" '
        'font-family="ui-monospace, monospace" font-size="13">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="{LINE}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{tops[-1]}" rx="8" fill="{PAPER}"/>',
    ]
    for row, lines, y in zip(rows, beside, tops, strict=False):
        parts += [
            f'<rect x="{LEFT}" y="{y}" width="190" height="{BOX}" rx="5" fill="{FILL}" '
            f'stroke="{LINE}"/>',
            _text(LEFT + 95, y + 22, row.name, INK, "middle", bold=True),
        ]
        for number, text in enumerate(lines):
            colour = GREY if number == 0 and row.when else LINE
            parts.append(_text(LEFT + 205, y + 14 + 17 * number, text, colour))
    return "\n".join([*parts, *_arrows(rows, tops), "</svg>"]) + "\n"


def _beside(row: Call) -> list[str]:
    """The lines beside a box: when it is called, and the hooks."""
    return [*([row.when] if row.when else []), *textwrap.wrap(", ".join(row.hooks), 46)]


def _arrows(rows: list[Call], tops: list[int]) -> list[str]:
    """From the call that makes a variable to the next ones that use it, until it is made anew."""
    parts, lanes = [], []
    for start, row in enumerate(rows):
        out = tops[start] + BOX
        for name in dict.fromkeys(row.makes):
            ends = _uses(rows, start, name)
            if ends == [start + 1]:
                x = LEFT + 60
                parts.append(_line(f"M{x} {out}V{tops[start + 1] - 2}"))
                parts.append(_text(x + 6, out + 16, name, INK, size=11))
            elif ends:
                taken = {lane for lane, last in lanes if start < last}
                lane = next(k for k in range(1, 9) if k not in taken)
                lanes.append((lane, ends[-1]))
                x = LEFT - 14 - 20 * lane
                for end in ends:
                    there = tops[end] + 8 + 3 * lane
                    parts.append(_line(f"M{LEFT} {out - 6}H{x}V{there}H{LEFT - 2}"))
                parts.append(_text(x - 4, out - 5 + 13 * lane, name, INK, "end", size=11))
    return parts


def _uses(rows: list[Call], start: int, name: str) -> list[int]:
    """The calls that use what a call has made under that name."""
    ends = []
    for end in range(start + 1, len(rows)):
        if name in rows[end].uses:
            ends.append(end)
        if name in rows[end].makes and "alternating" not in rows[end].when:
            break
    return ends


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="{LINE}" marker-end="url(#head)"/>'


def _text(
    x: int,
    y: int,
    text: str,
    fill: str,
    anchor: str = "start",
    size: int = 13,
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" text-anchor="{anchor}" font-size="{size}"{weight}>'
        f"{escape(text)}</text>"
    )
