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
from streamz_core.topology.nodes import Aggregate, StoreSpec
from streamz_core.topology.windows import SlidingWindows

Change = tuple[int, Row, Row, int | None]
"""One window that a record changes: its start, what the record is folded into, the row that was there; and None, or
the start of the window whose row becomes that of this one as it is.
"""


NO_HEADERS: Row = ((), 0, None)
"""Of a window that is older than that headers are kept."""


def changes(found: Sequence[Item], timestamp: int, difference_ms: int) -> list[Change]:
    """What a record changes, in the order in which Kafka passes it on.

    `found`: windows of its key that begin from two differences before the record to 1 ms behind it.
    """
    if timestamp < difference_ms:
        return _early(found, timestamp)
    known: list[Change] = []
    starts = {start for start, _, _ in found}
    left: Row | None = None  # the newest window before the record,
    right: Item | None = None  # and with it
    last = None  # when the record before this one was
    left_start = timestamp - difference_ms
    for item in reversed(found):
        start, _, row = item
        if start > timestamp:
            continue  # its right window
        if start < left_start:
            left, last = row, row[TIMESTAMP]
            break
        known.append((start, row, row, None))
        if start > left_start:
            right = right or item
        elif row[TIMESTAMP] < timestamp:
            last = row[TIMESTAMP]
        else:
            return known  # another record of this time made all windows
    if last is not None and last + 1 not in starts and left_start <= last + 1 < TIMESTAMP_MAX:
        known.append((last + 1, ABSENT, ABSENT, None))
    if left_start not in starts:
        held = left is not None and left[TIMESTAMP] >= left_start
        base = (left[VALUE], timestamp, left[RAW]) if held and left is not None else ABSENT
        known.append((left_start, base, ABSENT, None))
    return known + _right(starts, timestamp, right)


def _early(found: Sequence[Item], timestamp: int) -> list[Change]:
    """Before the first difference is over, a window that ends with the record would begin before 0:
    that from 0 on stands for all of them.
    """
    known: list[Change] = []
    starts = {start for start, _, _ in found}
    first: Item | None = None
    right: Item | None = None
    last: int | None = None
    for item in found:
        start, _, row = item
        if start == 0:
            first = item
            last = row[TIMESTAMP] if row[TIMESTAMP] < timestamp else None
        elif start <= timestamp:
            right = item
            known.append((start, row, row, None))
    if right is None and first is not None and first[2][TIMESTAMP] > timestamp:
        right = first
    known += _right(starts, timestamp, right)
    if last is not None and last + 1 not in starts:
        known.append((last + 1, ABSENT, ABSENT, None))
    whole = ABSENT if first is None else first[2]
    return [*known, (0, whole, whole, None)]


def _right(starts: set[int], timestamp: int, right: Item | None) -> list[Change]:
    """The right window of the record, if later records are in it and it is not there yet: `right` holds these alone."""
    if timestamp + 1 in starts or right is None or right[2][TIMESTAMP] <= timestamp:
        return []
    if timestamp + 1 >= TIMESTAMP_MAX:
        return []  # no window begins at the end of time: nobody could read its key
    return [(timestamp + 1, right[2], ABSENT, right[0])]


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
        span = f"{key}, {timestamp} - {2 * difference}, {timestamp} + 1"
        lines.add(f"{found} = {overlay(lines, node.store)}.fetch({span})")
        kept = _kept_headers(lines, node, span)
        start, base, old, origin = (
            lines.fresh(hint) for hint in ("start", "base", "old", "origin")
        )
        planned = f"{lines.constant('changes', changes)}({found}, {timestamp}, {difference})"
        if lines.table(lines.node).on_change:
            planned = f"{lines.constant('once', once)}({planned})"
        if lines.asides():
            planned = _told_late(lines, taken, planned, closed)
        last = ("", "")
        if wants_old(lines) and not node.final:
            last = lines.fresh("last"), lines.fresh("last_row")
            lines.add(f"{last[0]}, {last[1]} = -1, None")
        with lines.block(f"for {start}, {base}, {old}, {origin} in {planned}:", taken) as each:
            with lines.block(f"if {start} < {closed}:"):
                drop(lines, "'late'")
                lines.add("continue")
            if node.headers is not None:
                _keep_headers(lines, node.headers, each, start, (kept, origin))
            new, timestamp, row = _put(lines, node, each, start, base, origin)
            if last[0]:
                # One that is told twice was there the second time.
                with lines.block(f"if {start} == {last[0]}:"):
                    lines.add(f"{old} = {last[1]}")
                lines.add(f"{last[0]}, {last[1]} = {start}, {row}")
            if not node.final:
                _tell(lines, node, each, start, (new, timestamp, old))


def _kept_headers(lines: Lines, node: Aggregate, span: str) -> str:
    """The variable with the headers, by start, of the windows that there are before the record changes them."""
    if node.headers is None:
        return ""
    kept, start, row = (lines.fresh(hint) for hint in ("kept", "start", "row"))
    found = f"{overlay(lines, node.headers)}.fetch({span})"
    lines.add(f"{kept} = {{{start}: {row} for {start}, _, {row} in {found}}}")
    return kept


def _keep_headers(
    lines: Lines, kept: StoreSpec, flow: Flow, start: str, copied: tuple[str, str]
) -> None:
    """Those of the record, in each window that it is in. Its right window has those of the last record in it: those of the
    window that it is a copy of. `copied`: variables with what was kept, and the start of that window.
    """
    (there, origin), none = copied, lines.constant("NO_HEADERS", NO_HEADERS)
    headers = Side(kept.value, obj=flow.headers, nullable=False)
    own = row_of(lines, kept, headers, flow.timestamp)
    row = f"{own} if {origin} is None else {there}.get({origin}, {none})"
    lines.add(f"{overlay(lines, kept)}.put({flow.key.raw(lines, kept.key)}, {start}, {row})")


def _told_late(lines: Lines, flow: Flow, planned: str, closed: str) -> str:
    """The variable with what is planned; a record that one of the windows misses was told of before."""
    plan = lines.fresh("planned")
    lines.add(f"{plan} = {planned}")
    with lines.block(f"if any(each[0] < {closed} for each in {plan}):", flow) as late:
        lines.forward(late, aside=True)
    return plan


def _put(  # noqa: PLR0913 - the parts of a change
    lines: Lines, node: Aggregate, flow: Flow, start: str, base: str, origin: str
) -> tuple[Side, str, str]:
    """Put the row of a window; its value, and the variables with its timestamp and with itself."""
    codec = codecs(node.store)[1]
    new, timestamp = lines.fresh("value"), lines.fresh("timestamp")
    with lines.block(f"if {origin} is not None:"):
        taken = row_value(lines, codec, base).not_null().obj(lines)
        lines.add(f"{new} = {taken}")
        lines.add(f"{timestamp} = {row_timestamp(base)}")
    with lines.block("else:", flow) as folding:
        folded = fold_onto(lines, node, folding, base)
        lines.add(f"{new} = {folded.new.obj(lines)}")
        lines.add(f"{timestamp} = {folded.timestamp}")
    value = Side(node.store.value, obj=new)
    key, row = flow.key.raw(lines, node.store.key), lines.fresh("row")
    lines.add(f"{row} = {row_of(lines, node.store, value, timestamp)}")
    lines.add(f"{overlay(lines, node.store)}.put({key}, {start}, {row})")
    return value, timestamp, row


def _tell(
    lines: Lines, node: Aggregate, flow: Flow, start: str, change: tuple[Side, str, str]
) -> None:
    """Pass a change on: the value, the variables with its timestamp, and with the row that was there."""
    (value, timestamp, old), codec = change, codecs(node.store)[1]
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
