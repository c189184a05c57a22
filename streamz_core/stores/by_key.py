"""Lines that read and put the rows of a table, one for each key, whatever kind of store has them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec


def read(lines: Lines, spec: StoreSpec, key: Side) -> str:
    """A variable with the row of a key as it is now (rows.py)."""
    found = kind_of(spec).read
    assert found is not None, f"store {spec.name} has no row for each key"
    return found(lines, spec, key)


def put(
    lines: Lines, spec: StoreSpec, flow: Flow, value: Side | None = None
) -> AbstractContextManager[Flow]:
    """Put the value of the flow (or `value`, if its bytes are enough) under its key, at its time.

    `with put(...) as taken`: lines inside are for a row that was taken, and `taken` the flow for them.
    """
    found = kind_of(spec).put
    assert found is not None, f"store {spec.name} has no row for each key"
    return found(lines, spec, flow, flow.value if value is None else value)
