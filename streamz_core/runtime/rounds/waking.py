"""How other threads tell a worker that there is something for it to do."""

from __future__ import annotations

from collections.abc import Callable


class Waking:
    """Called by any thread it ends the worker's wait, and its rest. `told`: it was, and nobody has looked since."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self.told = False
        self._ring = ring

    def __call__(self) -> None:
        if not self.told:  # while nobody has looked, once is enough
            self.told = True
            self._ring()
