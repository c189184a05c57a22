"""Where a consumer begins in a partition whose offset its group does not know."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from attrs import frozen

from streamz_core.broker.backend import Backend
from streamz_core.errors import Misuse

Where = tuple[str, int]
Start = str | timedelta
"""What `start=` takes: one of WORDS, or how far back from now."""

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


@frozen
class Begin:
    """One of WORDS, or "back" by so many ms."""

    policy: str
    back_ms: int = 0

    def offset(self, backend: Backend, where: Where, now_ms: int) -> int:
        """The offset that is read first. Misuse if that is to be said for each."""
        return POLICIES[self.policy](backend, where, now_ms - self.back_ms)


def begin_of(start: Start) -> Begin:
    """As a value; Misuse, TypeError."""
    if isinstance(start, timedelta):
        return Begin("back", _not_negative(round(start / timedelta(milliseconds=1)), start))
    if not isinstance(start, str):
        raise TypeError(f"start is {start!r:.40}; it has to be text, or a timedelta")
    if start in WORDS:
        return Begin(start)
    found = _TEXT.fullmatch(start.strip())
    if found is None:
        raise Misuse(
            f"start={start!r}; it can be 'earliest', 'latest', 'none', or how far back from now, as in '500ms', '10s', "
            "'5m', '1h', '7d', or a timedelta"
        )
    return Begin("back", round(float(found[1]) * _UNITS[found[2]]))


def _not_negative(span_ms: int, start: Start) -> int:
    if span_ms < 0:
        raise Misuse(f"start={start!r}; it cannot be negative")
    return span_ms


def _earliest(backend: Backend, where: Where, _: int) -> int:
    return backend.passed(*where, backend.start(*where))


def _latest(backend: Backend, where: Where, _: int) -> int:
    return backend.end(*where)


def _none(_: Backend, where: Where, __: int) -> int:
    raise Misuse(
        f"the group has no offset for {where[0]}[{where[1]}], and start='none': say where it begins (streamz groups "
        "reset-offsets, or Admin.reset_offsets, while it has no members), or let it begin by itself, as start='earliest'"
    )


def _back(backend: Backend, where: Where, at_ms: int) -> int:
    found = backend.offset_at(*where, at_ms)
    return backend.end(*where) if found is None else found[0]


POLICIES: dict[str, Callable[[Backend, Where, int], int]] = {
    "earliest": _earliest,
    "latest": _latest,
    "none": _none,
    "back": _back,
}
WORDS = ("earliest", "latest", "none")
EARLIEST = Begin("earliest")
