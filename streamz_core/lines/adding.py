"""The part of Lines that needs to know nothing of records: text, names, constants."""

from __future__ import annotations

from typing import Protocol

from streamz_core.topology.nodes import Node


class Adding(Protocol):
    """The text of one batch function, at the place where the next line goes."""

    node: Node

    def add(self, text: str) -> None:
        """One line at the present depth."""
        ...

    def fresh(self, hint: str) -> str:
        """A variable that no other line uses."""
        ...

    def constant(self, hint: str, value: object) -> str:
        """The name of an object that the text refers to; the same name for the same object."""
        ...

    def bytes_wanted(self, store: str) -> None:
        """Told when bytes of a value that was put into the store as an object are needed after all."""
        ...
