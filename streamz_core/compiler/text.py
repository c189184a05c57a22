"""Lines of generated text, each with the node it works for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field, frozen

from streamz_core.topology.nodes import Node

_INDENT = "    "


@frozen
class Line:
    """One line, at its depth inside the text it is part of."""

    depth: int
    text: str
    node: Node | None

    def shown(self) -> str:
        return f"{_INDENT * self.depth}{self.text}" if self.text else ""


@define
class Text:
    """Lines in order; new ones come at `depth`."""

    lines: list[Line] = field(factory=list)
    depth: int = 0

    def add(self, text: str, node: Node | None = None) -> None:
        self.lines.append(Line(self.depth, text, node))

    def put(self, other: Text) -> None:
        """All lines of another text, at the present depth."""
        self.lines += [Line(self.depth + line.depth, line.text, line.node) for line in other.lines]

    @contextmanager
    def block(self, head: str, node: Node | None = None) -> Iterator[None]:
        """`head`, and deeper what is added inside; `pass` if that is nothing."""
        self.add(head, node)
        self.depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.add("pass", node)
        self.depth -= 1

    def shown(self) -> str:
        return "".join(f"{line.shown()}\n" for line in self.lines)
