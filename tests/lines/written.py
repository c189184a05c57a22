"""Lines without a compiler: text, names and what was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from streamz_core.lines.flows import Flow
from streamz_core.topology.nodes import Node


@define
class Written:
    """Implements what sides, flows and calls need of Lines."""

    node: Any = field(factory=lambda: Node(name="step", order=0))
    text: list[str] = field(factory=list)
    namespace: dict[str, object] = field(factory=dict)
    wanted: list[str] = field(factory=list)
    needed: set[str] = field(factory=set)
    depth: int = 0
    count: int = 0

    def add(self, text: str) -> None:
        self.text.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str, flow: Flow | None = None) -> Iterator[Flow | None]:
        self.add(head)
        self.depth += 1
        yield None if flow is None else flow.copy()
        self.depth -= 1

    def fresh(self, hint: str) -> str:
        self.count += 1
        return f"{hint}{self.count}"

    def constant(self, hint: str, value: object) -> str:
        name = re.sub(r"\W", "_", hint)
        self.namespace[name] = value
        return name

    def bytes_wanted(self, store: str) -> None:
        self.wanted.append(store)

    def wants_bytes(self, store: str) -> bool:
        return store in self.needed

    def bound(self, hint: str, expression: str) -> str:
        return expression

    def fetched(self, hint: str, expression: str) -> str:
        return expression

    def time(self, key: str) -> str:
        return key.partition(":")[0]

    def facade(self, spec: Any, *, reads: bool = False) -> str:
        return f"view_{spec.name}" if reads else f"facade_{spec.name}"

    def context(self, lasting: str = "") -> str:
        return lasting or "context"

    def run(self, **names: Any) -> dict[str, Any]:
        """The variables after the lines have run."""
        found = dict(names)
        exec("\n".join(self.text), dict(self.namespace), found)
        return found
