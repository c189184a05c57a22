"""What steps say whose answers come later, as values (what the others say: said.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamz_core.dsl.declared.steps.said import Said, Settled
from streamz_core.errors import TopologyError
from streamz_core.topology.spans import Duration, milliseconds

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft

ORDERS = ("all", "key")
"""In whose order results go on: that of all records, or of those of the same key."""


class Awaited(Said):
    """`map_async`."""

    def __init__(
        self, concurrency: int = 1, timeout: Duration | None = None, order: str = "all"
    ) -> None:
        self._concurrency = concurrency
        self._timeout = timeout
        self._order = order

    def check(self, draft: Draft[Any]) -> None:
        _check_count("concurrency", self._concurrency, draft)
        if self._order not in ORDERS:
            raise TopologyError(
                f"{draft.shown}: order={self._order!r}; it takes {' or '.join(map(repr, ORDERS))}"
            )
        if self._timeout_ms(draft.shown) == 0:
            raise TopologyError(
                f"{draft.shown}: timeout=0 leaves no time for an answer; None waits as long as it takes"
            )

    def fields(self, settled: Settled) -> dict[str, Any]:
        return {
            "concurrency": self._concurrency,
            "timeout_ms": self._timeout_ms(settled.shown),
            "by_key": self._order == "key",
        }

    def _timeout_ms(self, shown: str) -> int | None:
        return None if self._timeout is None else milliseconds(self._timeout, f"{shown}, timeout")


class Batched(Said):
    """`map_batch`."""

    def __init__(self, size: int = 1) -> None:
        self.size = size

    def check(self, draft: Draft[Any]) -> None:
        _check_count("size", self.size, draft)


def _check_count(what: str, count: object, draft: Draft[Any]) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise TopologyError(f"{draft.shown}: {what}={count!r}; it is a whole number, 1 at least")
