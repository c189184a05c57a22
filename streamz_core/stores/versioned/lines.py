"""Lines that read and put versions (the methods are those of overlay.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.stores.kind import Found, codecs
from streamz_core.stores.row_lines import overlay, row_timestamp, row_value
from streamz_core.topology.nodes import StoreSpec


def read(lines: Lines, spec: StoreSpec, key: Side) -> str:
    """A variable with the latest version of a key, as a row."""
    return _row(lines, spec, f"row({key.raw(lines, spec.key)})")


def look_up(lines: Lines, spec: StoreSpec, key: Side, *, unread: bool) -> Found:  # noqa: ARG001 - none is
    """The latest version of a key."""
    return _found(lines, spec, read(lines, spec, key))


def look_up_at(lines: Lines, spec: StoreSpec, key: Side, time: str) -> Found:
    """The version of a key that was valid at a time."""
    return _found(lines, spec, _row(lines, spec, f"row_at({key.raw(lines, spec.key)}, {time})"))


@contextmanager
def put(lines: Lines, spec: StoreSpec, flow: Flow, value: Side) -> Iterator[Flow]:
    """Put a version. One that is too old is dropped; of another it is known whether it is the latest."""
    latest = lines.fresh("latest")
    made = f"{flow.key.raw(lines, spec.key)}, {flow.timestamp}, {value.raw(lines, spec.value)}"
    lines.add(f"{latest} = {overlay(lines, spec)}.put({made})")
    with lines.block(f"if {latest} is None:"):
        drop(lines, "'expired'")
    with lines.block("else:", evolve(flow, latest=latest)) as taken:
        yield taken


def _row(lines: Lines, spec: StoreSpec, asked: str) -> str:
    row = lines.fresh("row")
    lines.add(f"{row} = {overlay(lines, spec)}.{asked}")
    return row


def _found(lines: Lines, spec: StoreSpec, row: str) -> Found:
    return Found(row_value(lines, codecs(spec)[1], row), row_timestamp(row))
