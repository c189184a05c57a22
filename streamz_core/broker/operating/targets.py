"""Where a group is to go on in a partition, as it can be said: Kafka's ways to reset offsets."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from streamz_core.broker.backend import Backend

Where = tuple[str, int]
Target = Callable[[Backend, Where, int | None], int | None]
"""The offset at which a partition is read next, from where the group stands now; None: as if it
never committed, so where the source begins by itself."""


def earliest(_backend: Backend, _where: Where, _at: int | None) -> int | None:
    """As if the app never ran: at the first record there is, unless its source says something else."""
    return None


def first(backend: Backend, where: Where, _at: int | None) -> int:
    """At the first record there is, whatever the source says."""
    return backend.start(*where)


def latest(backend: Backend, where: Where, _at: int | None) -> int:
    """Behind the last record there is."""
    return backend.end(*where)


def current(backend: Backend, where: Where, at: int | None) -> int:
    """Where it stands; at the first record there is, if it never committed."""
    return _within(backend, where, backend.start(*where) if at is None else at)


def to_offset(offset: int) -> Target:
    """At this offset, or the nearest that the partition has."""
    return lambda backend, where, _: _within(backend, where, offset)


def to_offsets(offsets: Mapping[Where, int]) -> Target:
    """Each at its own, or the nearest that it has; it stands where it is if none is said."""

    def target(backend: Backend, where: Where, at: int | None) -> int:
        offset = offsets.get(where)
        return current(backend, where, at) if offset is None else _within(backend, where, offset)

    return target


def shifted_by(records: int) -> Target:
    """So many records behind where the group stands, before it if negative, as far as there are any."""

    def target(backend: Backend, where: Where, at: int | None) -> int:
        return _within(backend, where, (backend.start(*where) if at is None else at) + records)

    return target


def to_time(at_ms: int) -> Target:
    """At the first record whose timestamp is `at_ms` or later; behind the last if there is none."""

    def target(backend: Backend, where: Where, _: int | None) -> int:
        backend.watch([where[0]])
        found = backend.offset_at(*where, at_ms)
        return backend.end(*where) if found is None else found[0]

    return target


def _within(backend: Backend, where: Where, offset: int) -> int:
    return min(max(offset, backend.start(*where)), backend.end(*where))
