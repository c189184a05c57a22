"""How long changes of a table are held back, and how many (Kafka: Suppressed, BufferConfig)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from streamz_core.dsl.declared.sides import needed
from streamz_core.dsl.declared.steps.said import Said, Settled
from streamz_core.dsl.declared.versions import check_without_versions
from streamz_core.errors import TopologyError
from streamz_core.topology import nodes
from streamz_core.topology.spans import Duration, milliseconds
from streamz_core.topology.windows import Window

if TYPE_CHECKING:
    from streamz_core.dsl.declared.drafts import Draft

WHEN_FULL = ("emit", "shutdown")


class Suppression:
    """When a row that is held back comes out: what until_window_closes and until_time_limit give.

    `limit_ms`: so long after its first change; None: when its window closes.
    """

    def __init__(
        self,
        limit_ms: int | None,
        max_records: int | None,
        max_bytes: int | None,
        when_full: str,
    ) -> None:
        for name, most in (("max_records", max_records), ("max_bytes", max_bytes)):
            if most is not None and (type(most) is not int or most < 1):
                raise TopologyError(f"suppress: {name}={most!r}; it is a whole number, at least 1")
        if when_full not in WHEN_FULL:
            raise TopologyError(
                f"suppress: when_full={when_full!r}; it takes {' or '.join(map(repr, WHEN_FULL))}"
            )
        self.limit_ms = limit_ms
        self.max_records = max_records
        self.max_bytes = max_bytes
        self.when_full = when_full


def until_window_closes(
    *, max_records: int | None = None, max_bytes: int | None = None
) -> Suppression:
    """For `suppress` of a windowed table: one result for each window, when no record can change it any
    more. Deletes are not passed on, so a session that became part of another never comes out.

    `max_records` and `max_bytes` bound what is held back in one task (bytes of keys, values and headers). Nothing
    leaves early: a record for which there is no room fails with TooLarge. TopologyError if a bound is no whole number
    of at least 1.
    """
    return Suppression(None, max_records, max_bytes, "shutdown")


def until_time_limit(
    limit: Duration,
    *,
    max_records: int | None = None,
    max_bytes: int | None = None,
    when_full: Literal["emit", "shutdown"] = "emit",
) -> Suppression:
    """For `suppress`: the last change of a row, `limit` after the first one that was held back, in the stream
    time of what comes to the step. A limit of 0 passes everything on at once.

    `max_records` and `max_bytes` bound what is held back in one task (bytes of keys, values and headers). When
    that is full, what was held back first leaves early; with `when_full="shutdown"` a record for which there is no room
    fails with TooLarge. TopologyError if the limit cannot be read or is negative, or a bound is no
    whole number of at least 1.
    """
    limit_ms = milliseconds(limit, "the time limit of suppress")
    return Suppression(limit_ms, max_records, max_bytes, when_full)


class Suppressed(Said):
    """`suppress`. `windows`: those of the rows, where it waits for them to close."""

    def __init__(self, until: Suppression | None = None, windows: tuple[Window, ...] = ()) -> None:
        self._until = until
        self.windows = windows

    @property
    def until(self) -> Suppression:
        assert self._until is not None, "changes are held back until something happens"
        return self._until

    def check(self, draft: Draft[Any]) -> None:
        check_without_versions(draft.shown, draft.parents[0])
        for window in self.windows:
            if not window.closes:
                raise TopologyError(
                    f"{draft.shown}: until_window_closes() waits for windows to close, and an unlimited one "
                    "never does; use until_time_limit(...), or windows of another kind"
                )

    def fields(self, settled: Settled) -> dict[str, Any]:
        from streamz_core.stores.suppressed.rows import suppressed_codec  # loaded by what needs it

        until = self.until
        limit_ms = until.limit_ms
        if limit_ms is None:
            _check_windowed(settled)
        value = needed(settled.sides.value, settled.shown, "holds values back")
        return {
            "buffer": nodes.StoreSpec(
                f"{settled.name}-buffer",
                "suppressed",
                key=needed(settled.sides.key, settled.shown, "holds rows back by key"),
                value=suppressed_codec(value),
            ),
            # Due is what lies more than `wait_ms` before the stream time.
            "wait_ms": max(window.open_ms for window in self.windows)
            if limit_ms is None
            else limit_ms - 1,
            "until_closed": limit_ms is None,
            "max_records": until.max_records,
            "max_bytes": until.max_bytes,
            "stops": until.when_full == "shutdown",
        }


def suppressed(until: Suppression, table: Draft[Any], where: str) -> Suppressed:
    """What `suppress` says behind a table; TopologyError if it waits for windows and there are none."""
    windows = tuple(_windows(table, where)) if until.limit_ms is None else ()
    return Suppressed(until, windows)


def _windows(draft: Draft[Any], where: str) -> Iterator[Window]:
    """The windows that its rows were cut into, on each way up (Kafka: GraphGraceSearchUtil)."""
    if draft.said.window is not None:
        yield draft.said.window
        return
    if not draft.parents:
        raise TopologyError(
            f"{where}: until_window_closes() needs rows of windows, but {draft.shown} has none; put "
            ".window(...) before the aggregate, or use until_time_limit(...)"
        )
    for parent in draft.parents:
        yield from _windows(parent, where)


def _check_windowed(settled: Settled) -> None:
    """The keys may have been changed behind the windows."""
    from streamz_core.codecs.windowed import WindowedCodec  # loaded by what needs it

    if not isinstance(settled.sides.key, WindowedCodec):
        raise TopologyError(
            f"{settled.shown}: until_window_closes() needs keys with windows, but here they have "
            "none any more; suppress before the keys are changed, or use until_time_limit(...)"
        )
