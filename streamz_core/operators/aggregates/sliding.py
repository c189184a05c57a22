"""Lines of count, reduce and aggregate by key and sliding window (Kafka: KStreamSlidingWindowAggregate).

A window is kept for each set of records of a key that lie no further apart than the difference: one that
ends with a record (its left window), and one that begins 1 ms behind a record (its right window), if
there are records in it. The timestamp of a window's row is that of its last record.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from streamz_core.lines.calls import drop
from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side
from streamz_core.operators.aggregates.folding import FOLDINGS, fold_onto, wants_old
from streamz_core.operators.aggregates.late import drop_late
from streamz_core.operators.aggregates.time import ago, observe, window_key
from streamz_core.operators.tables.waiting import change_time
from streamz_core.record import TIMESTAMP_MAX
from streamz_core.stores.kind import codecs
from streamz_core.stores.row_lines import overlay, row_of, row_timestamp, row_value
from streamz_core.stores.rows import ABSENT, RAW, TIMESTAMP, VALUE, Row
from streamz_core.stores.windowed.lines import BY_START
from streamz_core.stores.windowed.timelines import Item
from streamz_core.topology.nodes import Aggregate
from streamz_core.topology.windows import SlidingWindows

Change = tuple[int, Row, Row, bool]
"""One window that a record changes: its start, what the record is folded into, the row that was there;
and whether what it would be folded into becomes the row of the window as it is.
"""


def changes(found: Sequence[Item], timestamp: int, difference_ms: int) -> list[Change]:
    """What a record changes, in the order in which Kafka passes it on.

    `found`: windows of its key that begin from two differences before the record to 1 ms behind it.
    """
    if timestamp < difference_ms:
        return _early(found, timestamp)
    known: list[Change] = []
    starts = {start for start, _, _ in found}
    left = right = None  # the newest window before the record, and with it
    last = None  # when the record before this one was
    left_start = timestamp - difference_ms
    for start, _, row in reversed(found):
        if start > timestamp:
            continue  # its right window
        if start < left_start:
            left, last = row, row[TIMESTAMP]
            break
        known.append((start, row, row, False))
        if start > left_start:
            right = right or row
        elif row[TIMESTAMP] < timestamp:
            last = row[TIMESTAMP]
        else:
            return known  # another record of this time made all windows
    if last is not None and last + 1 not in starts and left_start <= last + 1 < TIMESTAMP_MAX:
        known.append((last + 1, ABSENT, ABSENT, False))
    if left_start not in starts:
        held = left is not None and left[TIMESTAMP] >= left_start
        base = (left[VALUE], timestamp, left[RAW]) if held and left is not None else ABSENT
        known.append((left_start, base, ABSENT, False))
    return known + _right(starts, timestamp, right)


def _early(found: Sequence[Item], timestamp: int) -> list[Change]:
    """Before the first difference is over, a window that ends with the record would begin before 0:
    that from 0 on stands for all of them.
    """
    known: list[Change] = []
    starts = {start for start, _, _ in found}
    first = right = last = None
    for start, _, row in found:
        if start == 0:
            first = row
            last = row[TIMESTAMP] if row[TIMESTAMP] < timestamp else None
        elif start <= timestamp:
            right = row
            known.append((start, row, row, False))
    if right is None and first is not None and first[TIMESTAMP] > timestamp:
        right = first
    known += _right(starts, timestamp, right)
    if last is not None and last + 1 not in starts:
        known.append((last + 1, ABSENT, ABSENT, False))
    return [*known, (0, first or ABSENT, first or ABSENT, False)]


def _right(starts: set[int], timestamp: int, right: Row | None) -> list[Change]:
    """The right window of the record, if later records are in it and it is not there yet."""
    if timestamp + 1 in starts or right is None or right[TIMESTAMP] <= timestamp:
        return []
    if timestamp + 1 >= TIMESTAMP_MAX:
        return []  # no window begins at the end of time: nobody could read its key
    return [(timestamp + 1, right, ABSENT, True)]


def once(planned: list[Change]) -> list[Change]:
    """Each window once. Kafka tells one that begins 1 ms behind the record before, and ends with this one, twice."""
    return list({change[0]: change for change in planned}.values())


def sliding_windows(lines: Lines, node: Aggregate, window: SlidingWindows, flow: Flow) -> None:
    """Null values are dropped too. A window takes records while its end is not before observed time - grace."""
    if not flow.value.nullable:
        _slide(lines, node, window, flow)
        return
    with lines.block(f"if {flow.value.is_null(looked_at=FOLDINGS[node.kind].looks)}:"):
        drop(lines, "'null-value'")
    with lines.block("else:", flow.with_value()) as valued:
        _slide(lines, node, window, valued)


def watch_sliding(
    lines: Lines, node: Aggregate, window: SlidingWindows, flow: Flow
) -> tuple[str, str]:
    """Move the time of the step; see `observe`."""
    reach = window.difference_ms + window.grace_ms
    return observe(lines, node, flow, ago(reach), cut=BY_START)


def _slide(lines: Lines, node: Aggregate, window: SlidingWindows, flow: Flow) -> None:
    timestamp, difference = flow.timestamp, window.difference_ms
    _, closed = watch_sliding(lines, node, window, flow)
    with lines.block(f"if {timestamp} < {closed}:", flow) as late:
        drop_late(lines, late)
    with lines.block("else:", flow) as taken:
        key, found = taken.key.raw(lines, node.store.key), lines.fresh("found")
        fetch = f"{overlay(lines, node.store)}.fetch"
        lines.add(f"{found} = {fetch}({key}, {timestamp} - {2 * difference}, {timestamp} + 1)")
        start, base, old, whole = (lines.fresh(hint) for hint in ("start", "base", "old", "whole"))
        planned = f"{lines.constant('changes', changes)}({found}, {timestamp}, {difference})"
        if lines.table(lines.node).on_change:
            planned = f"{lines.constant('once', once)}({planned})"
        if lines.asides():
            planned = _told_late(lines, taken, planned, closed)
        with lines.block(f"for {start}, {base}, {old}, {whole} in {planned}:", taken) as each:
            with lines.block(f"if {start} < {closed}:"):
                drop(lines, "'late'")
                lines.add("continue")
            _change(lines, node, each, start, base, old, whole)


def _told_late(lines: Lines, flow: Flow, planned: str, closed: str) -> str:
    """The variable with what is planned; a record that one of the windows misses was told of before."""
    plan = lines.fresh("planned")
    lines.add(f"{plan} = {planned}")
    with lines.block(f"if any(each[0] < {closed} for each in {plan}):", flow) as late:
        lines.forward(late, aside=True)
    return plan


def _change(  # noqa: PLR0913 - the parts of a change
    lines: Lines, node: Aggregate, flow: Flow, start: str, base: str, old: str, whole: str
) -> None:
    codec = codecs(node.store)[1]
    new, timestamp = lines.fresh("value"), lines.fresh("timestamp")
    with lines.block(f"if {whole}:"):
        taken = row_value(lines, codec, base).not_null().obj(lines)
        lines.add(f"{new} = {taken}")
        lines.add(f"{timestamp} = {row_timestamp(base)}")
    with lines.block("else:", flow) as folding:
        folded = fold_onto(lines, node, folding, base)
        lines.add(f"{new} = {folded.new.obj(lines)}")
        lines.add(f"{timestamp} = {folded.timestamp}")
    value = Side(node.store.value, obj=new)
    key = flow.key.raw(lines, node.store.key)
    row = row_of(lines, node.store, value, timestamp)
    lines.add(f"{overlay(lines, node.store)}.put({key}, {start}, {row})")
    if node.final:
        return
    time = change_time(lines, lines.node, value, timestamp, flow.timestamp)
    lines.forward(
        evolve(
            flow,
            key=window_key(node, flow.key, BY_START, (start,)),
            value=value,
            old=row_value(lines, codec, old) if wants_old(lines) else None,
            timestamp=time,
        )
    )
