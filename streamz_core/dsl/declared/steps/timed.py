"""What timers say, and steps that remember for a while, as values (what the others say: said.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamz_core.dsl.declared.sides import needed
from streamz_core.dsl.declared.steps.said import Said, Settled
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes
from streamz_core.topology.spans import Duration, Moment, instant_ms, milliseconds
from streamz_core.topology.windows import SlidingWindows

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft

CLOCKS = ("stream", "wall")
PER = ("task", "app")


class Timed(Said):
    """A timer. `per`: of each task, or one in the whole app."""

    def __init__(
        self,
        every: Duration = 0,
        clock: str = "stream",
        start: Moment | None = None,
        per: str = "task",
        *,
        running: bool = True,
    ) -> None:
        self.every = every
        self.clock = clock
        self.start = start
        self.per = per
        self.running = running

    def check(self, draft: Draft[Any]) -> None:
        step = draft.shown
        for what, said, allowed in (("clock", self.clock, CLOCKS), ("per", self.per, PER)):
            if said not in allowed:
                raise TopologyError(
                    f"{step}: {what}={said!r}; it takes {' or '.join(map(repr, allowed))}"
                )
        if milliseconds(self.every, f"the interval of {step}") == 0:
            raise TopologyError(f"the interval of {step} is 0; it has at least 1 ms")
        if self.start is not None:
            instant_ms(self.start, f"the start of {step}")

    def fields(self, settled: Settled) -> dict[str, Any]:
        start = self.start
        return {
            "timing": nodes.Timing(
                every_ms=milliseconds(self.every, f"the interval of {settled.shown}"),
                by_wall=self.clock == "wall",
                start_ms=None if start is None else instant_ms(start, settled.shown),
                waits=not self.running,
                once=self.per == "app",
            )
        }


class Deduplicated(Said):
    """`deduplicate`."""

    def __init__(self, within: Duration = 0, grace: Duration = 0) -> None:
        self._within = within
        self._grace = grace

    @property
    def misses(self) -> bool:
        return True

    def check(self, draft: Draft[Any]) -> None:
        milliseconds(self._grace, f"{draft.shown}, grace")
        if milliseconds(self._within, f"{draft.shown}, within") == 0:
            raise TopologyError(
                f"{draft.shown}: within=0 remembers nothing; say how far apart in time two records may be that are the "
                "same"
            )

    def fields(self, settled: Settled) -> dict[str, Any]:
        within_ms = milliseconds(self._within, f"{settled.shown}, within")
        grace_ms = milliseconds(self._grace, f"{settled.shown}, grace")
        store = self._store(settled, SlidingWindows(within_ms, grace_ms))
        return {"within_ms": within_ms, "grace_ms": grace_ms, "kept": store}

    def _store(self, settled: Settled, window: SlidingWindows) -> nodes.StoreSpec:
        from streamz_core.codecs.plain import INT  # loaded by what needs it
        from streamz_core.stores.subscribed.rows import subscriber_codec

        key = needed(settled.sides.key, settled.shown, "keeps its keys")
        if settled.sides.inner is not None:
            told = needed(settled.sides.inner, settled.shown, "remembers what records are told by")
            key = subscriber_codec(told, key)
        # A record looks as far back as two spans before the newest one, that moment included.
        kept_ms = window.least_retention_ms + 1
        return nodes.StoreSpec(
            settled.name, window.store_kind, key, INT, retention_ms=kept_ms, window=window
        )
