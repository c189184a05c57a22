"""A processor of one task: made by its supplier, made anew whenever what it did is undone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from streamz_core.errors import Misuse
from streamz_core.operators.processors.context import Place
from streamz_core.operators.processors.processor import (
    Processor,
    ProcessorContext,
    Scheduled,
    begin,
)
from streamz_core.record import Record

logger = logging.getLogger("streamz.task")

Supplier = Callable[[], Processor[Any, Any, Any, Any]]


class Hand:
    """`context`: always the same one. `process`: of the processor that is there. `scheduled`: what that asked for."""

    def __init__(
        self, step: str, supplier: Supplier, stores: Mapping[str, Any], place: Place
    ) -> None:
        self.step = step
        self.context: ProcessorContext[Any, Any] = ProcessorContext(step, stores, place)
        self.scheduled: Mapping[str, Scheduled] = {}
        self._supplier = supplier
        self._stores = stores
        self._made: Processor[Any, Any, Any, Any] | None = None

    @property
    def process(self) -> Callable[[Record[Any, Any]], None]:
        """What takes a record."""
        assert self._made is not None, "begin() comes first"
        return self._made.process

    def begin(self, now: int) -> None:
        """Let a new one begin, at the task's stream time. Misuse if the supplier gives none."""
        self.end()
        for store in self._stores.values():
            store.timestamp = max(now, 0)
        try:
            made = self._supplier()
            if not isinstance(made, Processor):
                raise Misuse(f"its supplier gives {made!r:.80}, which is no Processor")
            self.scheduled = begin(self.context, made)
        except Exception as error:
            error.add_note(f"at init of {self.step} task={self.context.task}")
            raise
        self._made = made

    def end(self) -> None:
        """Let go of the one that is there."""
        made, self._made = self._made, None
        if made is None:
            return
        try:
            made.close()
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything, and it is over
            logger.warning(
                "close() of %s task=%s: %s: %s",
                *(self.step, self.context.task, type(error).__name__, error),
            )
