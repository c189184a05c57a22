"""Rows that go when nobody wrote them for a while: how long that is."""

from __future__ import annotations

from streamz_core.dsl.declared.topics import Expiring
from streamz_core.errors import TopologyError
from streamz_core.topology.spans import Duration, milliseconds


def expiring(ttl: Duration, *, memory: bool = False) -> Expiring:
    """For `materialized=`: a row that was not written for `ttl` is gone.

    The time of a row is that of its last write, of an aggregate the largest timestamp that went into it; it is gone when the
    stream time of its task is `ttl` later, for whoever reads it, and the steps behind the table hear of a delete with that time. What is
    over goes before the record is run that moved the time. `memory=True` keeps the rows in memory instead of in RocksDB.
    TopologyError if the span cannot be read, or is nothing.
    """
    return Expiring(ttl_ms(ttl, "the ttl of expiring()"), in_memory=memory)


def ttl_ms(ttl: Duration, what: str) -> int:
    """Whole ms, more than none. `what` is named in errors."""
    found = milliseconds(ttl, what)
    if found == 0:
        raise TopologyError(f"{what} is {ttl!r}; rows stay for at least 1 ms")
    return found
