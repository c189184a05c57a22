"""What a worker does in a round is a list of things that have their turn: this is all it asks of them."""

from __future__ import annotations

from typing import Protocol


class Turn(Protocol):
    """Something that gets its turn in every round: a task."""

    def turn(self) -> bool:
        """Do a piece of its work, for some milliseconds at most; whether there was any."""
        ...

    def due_s(self) -> float:
        """When it wants its next turn though nobody woke the worker (Env.monotonic); inf: never."""
        ...

    def close(self) -> None:
        """Let go of everything it holds, as a killed process does; a second time it does nothing."""
        ...
