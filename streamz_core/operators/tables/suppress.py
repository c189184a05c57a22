"""Emitter of tables whose changes are held back (Kafka: KTableSuppressProcessor).

The step has a time of its own, of the changes that come to it; it is chained with the commit, as the rows are. A
window leaves when it is closed by the rule of its aggregate, so it has one final result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from attrs import evolve

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.errors import TooLarge
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Advance, Emitter, Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.tables.changes import LookUp, Through
from streamz_core.stores.kind import Found
from streamz_core.stores.row_lines import overlay
from streamz_core.stores.suppressed.overlay import NEVER
from streamz_core.stores.suppressed.rows import opened, prior_of
from streamz_core.topology.nodes import Node, Suppress
from streamz_core.topology.times import observed_time


def suppress(lines: Lines, node: Suppress, _port: int, flow: Flow) -> None:
    """Hold the change back, then pass on what is due."""
    observed = _observe(lines, node, flow)
    _hold(lines, node, flow)
    store, before = overlay(lines, node.buffer), f"{observed} - {node.wait_ms}"
    early = "" if node.stops else _full(node, store)
    head = f"if {store}.first < {before}{early and f' or {early}'}:"
    with lines.block(head, flow) as due:
        _pass_on(lines, node, due, before)
    if node.stops and (full := _full(node, store)):
        with lines.block(f"if {full}:"):
            lines.add(f"{lines.constant('refuse', refuse)}({node.name!r}, {store})")


def advance(lines: Lines, node: Suppress, _port: int, flow: Flow) -> str:
    """Time comes without a change: pass on what is due. A row that is held back may be as old as its window."""
    before = f"{_observe(lines, node, flow)} - {node.wait_ms}"
    _pass_on(
        lines, node, flow, before
    )  # which finds what is held back, also where nothing was put yet
    return f"{before} - {_longest_ms(node)}"


def _longest_ms(node: Node) -> int:
    """How long the windows are, at most, whose rows a table has."""
    window = getattr(node, "window", None)
    if window is not None:
        return int(window.least_retention_ms)
    return max((_longest_ms(parent) for parent in node.parents), default=0)


def _observe(lines: Lines, node: Suppress, flow: Flow) -> str:
    """Move the time of the step; the variable with it."""
    observed = lines.time(observed_time(node))
    with lines.block(f"if {flow.timestamp} > {observed}:"):
        lines.add(f"{observed} = {flow.timestamp}")
    return observed


def _hold(lines: Lines, node: Suppress, flow: Flow) -> None:
    assert flow.old is not None, f"the table above {node.name} sends old values"
    store, held, part = overlay(lines, node.buffer), lines.fresh("held"), lines.fresh("part")
    key, new = flow.key.raw(lines, node.buffer.key), flow.value.raw(lines)
    lines.add(f"{held} = {store}.held({key})")
    with lines.block(f"if {held} is None:", flow) as first:
        assert first.old is not None
        begin = lines.constant("opened", opened)
        lines.add(f"{part} = {begin}({_time(lines, node, first)}, {first.old.raw(lines)})")
    with lines.block("else:"):
        lines.add(f"{part} = {held}[0]")
    change = f"({part}, {new}, {flow.headers})"
    lines.add(f"{store}.put({key}, {held}, {change}, {flow.timestamp})")


def _time(lines: Lines, node: Suppress, flow: Flow) -> str:
    """The expression for the time after which a row is due."""
    if not node.until_closed:
        return flow.timestamp
    codec = node.buffer.key
    assert isinstance(codec, WindowedCodec), f"{node.name} has windowed keys"
    return f"{lines.constant('end_of', codec.end_of)}({flow.key.raw(lines, codec)})"


def _full(node: Suppress, store: str) -> str:
    """The expression that is true if more is held back than there may be; empty if there is no bound."""
    bounds = (("count", node.max_records), ("size", node.max_bytes))
    return " or ".join(f"{store}.{what} > {most}" for what, most in bounds if most is not None)


def _pass_on(lines: Lines, node: Suppress, flow: Flow, before: str) -> None:
    bounds = "" if node.stops else f", {node.max_records or NEVER}, {node.max_bytes or NEVER}"
    names = [lines.fresh(hint) for hint in ("key_raw", "raw", "old_raw", "timestamp", "headers")]
    key, new, old, timestamp, headers = names
    leaving = f"{overlay(lines, node.buffer)}.leaving({before}{bounds})"
    with lines.block(f"for {', '.join(names)} in {leaving}:", flow) as each:
        value = Side(node.value, raw=new, nullable=not node.until_closed)
        if node.until_closed:
            with lines.block(f"if {new} is None:"):
                lines.add("continue")
        lines.forward(
            evolve(
                each,
                key=Side(node.key, raw=key, nullable=False),
                value=value,
                old=Side(node.value, raw=old) if lines.table(node).sends_old else None,
                timestamp=timestamp,
                headers=headers,
            )
        )


def refuse(name: str, store: Any) -> NoReturn:
    """TooLarge: there is no room for what should be held back."""
    raise TooLarge(
        f"{name} holds {store.count} rows of {store.size} bytes back, more than it may: give it a larger max_records= "
        "or max_bytes=, windows that are shorter or have less grace, or no bound"
    )


def look_up_suppressed(lines: Lines, node: Suppress, flow: Flow, look_up: LookUp) -> Found:
    """What came out last: of a row that is held back the prior value, else the parent's row."""
    parent: Any = node.parents[0]
    held, value, timestamp = (lines.fresh(hint) for hint in ("held", "raw", "timestamp"))
    lines.add(
        f"{held} = {overlay(lines, node.buffer)}.held({flow.key.raw(lines, node.buffer.key)})"
    )
    with lines.block(f"if {held} is None:", flow) as passed:
        above = look_up(lines, parent, passed)
        lines.add(f"{timestamp} = {above.timestamp}")
        lines.add(f"{value} = {above.value.raw(lines)}")
    with lines.block("else:"):
        lines.add(f"{value} = {lines.constant('prior_of', prior_of)}({held}[0])")
        lines.add(f"{timestamp} = -1")
    return Found(Side(node.value, raw=value), timestamp)


EMITTERS: Mapping[type[Node], Emitter] = {Suppress: suppress}

ADVANCES: Mapping[type[Node], Advance] = {Suppress: advance}

THROUGH: Mapping[type[Node], Through] = {Suppress: look_up_suppressed}
