"""Lines that reach for the rows of a store key -> value (the attributes are those of overlay.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.kind import Found
from streamz_core.stores.row_lines import (
    RowPlace,
    overlay,
    read_row,
    row_timestamp,
    row_value,
    row_value_read,
    write_row,
)
from streamz_core.topology.nodes import StoreSpec


def row_place(lines: Lines, spec: StoreSpec, key: Side) -> RowPlace:
    """Where the row of a key is read and written."""
    store = overlay(lines, spec)
    live = lines.fetched(f"{spec.name}_live", f"{store}.live")
    dirty = lines.fetched(f"{spec.name}_dirty", f"{store}.live.dirty")
    return RowPlace(spec, live, dirty, key.raw(lines, spec.key))


def read(lines: Lines, spec: StoreSpec, key: Side) -> str:
    """A variable with the row of a key."""
    return read_row(lines, row_place(lines, spec, key))


@contextmanager
def put(lines: Lines, spec: StoreSpec, flow: Flow, value: Side) -> Iterator[Flow]:
    """Overwrite the row of a key, whatever the times of both are."""
    write_row(lines, row_place(lines, spec, flow.key), value, flow.timestamp)
    yield evolve(flow, latest="")


def look_up(lines: Lines, spec: StoreSpec, key: Side, *, unread: bool) -> Found:
    """The row of a key."""
    place = row_place(lines, spec, key)
    row = read_row(lines, place)
    value = row_value_read(lines, place, row) if unread else row_value(lines, place.codec, row)
    return Found(value, row_timestamp(row))
