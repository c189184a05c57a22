"""Lines that reach for the rows of window stores (the attributes are those of panes.py, ordered.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

from streamz_core.codecs.extent import pack_session, pack_start
from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.adding import Adding
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side, same
from streamz_core.record import Windowed
from streamz_core.stores.kind import Found, codecs
from streamz_core.stores.row_lines import RowPlace, overlay, row_timestamp, row_value
from streamz_core.stores.windowed.segments import row_key
from streamz_core.topology.nodes import AnyCodec, StoreSpec
from streamz_core.topology.times import newest_put


@frozen
class Cut:
    """How a windowed key is put together from variables, the start first: `hints` for their names, and
    expressions for the window's end and for the tail of the key; `place` takes them from that of a row.
    One object for all sides cut alike.
    """

    hints: tuple[str, ...]
    place: Callable[[Sequence[str]], str]
    end: Callable[[Adding, WindowedCodec, Sequence[str]], str]
    tail: Callable[[Adding, Sequence[str]], str]


def _end_of_start(lines: Adding, codec: WindowedCodec, names: Sequence[str]) -> str:
    made = codec.extent.end_of(names[0])
    return made or f"{lines.constant('end_of', codec.extent.end)}({names[0]})"


def _second(_: Adding, __: WindowedCodec, names: Sequence[str]) -> str:
    return names[1]


def _tail_of_pane(_: Adding, names: Sequence[str]) -> str:
    return f"{names[1]}.tail"


def _tail_of_start(lines: Adding, names: Sequence[str]) -> str:
    return f"{lines.constant('pack_start', pack_start)}({names[0]})"


def _tail_of_session(lines: Adding, names: Sequence[str]) -> str:
    return f"{lines.constant('pack_session', pack_session)}({names[1]}, {names[0]})"


def _start_first(names: Sequence[str]) -> str:
    return f"{names[0]}, _"


def _start_last(names: Sequence[str]) -> str:
    return f"{names[1]}, {names[0]}"


BY_START = Cut(("start",), _start_first, _end_of_start, _tail_of_start)
IN_PANE = Cut(("start", "pane"), _start_first, _end_of_start, _tail_of_pane)
SESSION = Cut(("start", "end"), _start_last, _second, _tail_of_session)


class WindowSide(Side):
    """A windowed key that has not been put together: the plain key, and the variables of its cut."""

    __slots__ = ("at", "cut", "inner")

    def __init__(
        self,
        codec: WindowedCodec,
        inner: Side,
        cut: Cut,
        at: Sequence[str],
        made: Side | None = None,
    ) -> None:
        self.codec = codec
        self.inner = inner
        self.cut = cut
        self.at = at
        self.nullable = False
        self.stored_in = ""
        self.raw_name = made.raw_name if made else None
        self.obj_name = made.obj_name if made else None
        self.kept_name = None
        self.watched = False

    def obj(self, lines: Adding) -> str:
        if self.obj_name is None:
            windowed = lines.constant("Windowed", Windowed)
            inner = self.inner.obj(lines)
            self.obj_name = lines.fresh("key")
            end = self.cut.end(lines, self._codec(), self.at)
            lines.add(f"{self.obj_name} = {windowed}({inner}, {self.at[0]}, {end})")
        return self.obj_name

    def raw(self, lines: Adding, codec: AnyCodec | None = None) -> str:
        wanted = codec or self.codec
        if self.raw_name is None and self.has_raw(wanted or self._codec()):
            inner = self.inner.raw(lines, self._codec().key)
            self.raw_name = lines.fresh("raw")
            lines.add(f"{self.raw_name} = {inner} + {self.cut.tail(lines, self.at)}")
        return super().raw(lines, wanted)

    def has_raw(self, codec: AnyCodec) -> bool:
        return same(codec, self.codec) and self.inner.has_raw(self._codec().key)

    def apart(self, lines: Adding) -> Side:
        return WindowSide(self._codec(), self.inner.apart(lines), self.cut, self.at)

    def not_null(self) -> Side:
        return self

    def copy(self) -> Side:
        return WindowSide(self._codec(), self.inner.copy(), self.cut, self.at, self)

    def names(self) -> list[str]:
        raw = [] if self.raw_name is None else [self.raw_name]
        return [*self.inner.names(), *self.at, *raw]

    def renamed(self, fresh: Callable[[str], str]) -> Side:
        inner = self.inner.renamed(fresh)
        at = [fresh(hint) for hint in self.cut.hints]
        made = WindowSide(self._codec(), inner, self.cut, at)
        made.raw_name = None if self.raw_name is None else fresh("raw")
        return made

    def shape(self) -> tuple[object, ...]:
        return (id(self.codec), id(self.cut), self.raw_name is None, *self.inner.shape())

    def _codec(self) -> WindowedCodec:
        assert isinstance(self.codec, WindowedCodec)
        return self.codec


def pane_place(lines: Lines, spec: StoreSpec, key: str, start: str) -> tuple[RowPlace, str]:
    """Where the row of a key in the window at `start` is read and written, and the pane's variable."""
    live, pane = live_rows(lines, spec), lines.fresh("pane")
    if spec.shared:
        # Time of another stream may have passed a window that is open in this one: as in Kafka it begins
        # anew for each record, and nothing of it is kept.
        newest = put_newest(lines, spec, start)
        unkept = f"{overlay(lines, spec)}.unkept({start})"
        shown = f"{start} > {newest} - {spec.retention_ms}"
        lines.add(f"{pane} = {live}[{start}] if {shown} else {unkept}")
    else:
        lines.add(f"{pane} = {live}[{start}]")
    return RowPlace(spec, pane, f"{pane}.dirty", key), pane


def put_newest(lines: Lines, spec: StoreSpec, time: str) -> str:
    """The variable with the time of the newest window that any stream put, this one's included."""
    newest = lines.time(newest_put(spec))
    with lines.block(f"if {time} > {newest}:"):
        lines.add(f"{newest} = {time}")
    return newest


def live_rows(lines: Lines, spec: StoreSpec) -> str:
    """The variable with the live rows of a store."""
    return lines.fetched(f"{spec.name}_live", f"{overlay(lines, spec)}.live")


def live_timeline(lines: Lines, spec: StoreSpec, key: str) -> str:
    """A variable with the rows of a key, in order."""
    timeline = lines.fresh("timeline")
    lines.add(f"{timeline} = {live_rows(lines, spec)}[{key}]")
    return timeline


@frozen
class TimelinePlace:
    """Where lines write one row of a timeline: variables with that, with its key, and with the key of the row."""

    spec: StoreSpec
    timeline: str
    key: str
    entry: str


def put_item(
    lines: Lines, place: TimelinePlace, item: tuple[str, str, str], *, closing: bool, null: str
) -> None:
    """As Timelines.put. Mostly it is the newest of its key, and new, which needs no call. `null`: whether it has no value;
    `closing`: whether somebody asks for windows that close.
    """
    live, made = live_rows(lines, place.spec), lines.fresh("item")
    lines.add(f"{made} = ({', '.join(item)})")
    if closing:
        lines.add(f"{live}.put({place.key}, {place.entry}, {made})")
        return
    timeline, (time, _, _) = place.timeline, item
    last = f"{timeline} and {timeline}[-1][0] >= {time}"
    with lines.block(f"if {last} or {place.entry} in {_of_live(lines, place, 'gone')} or {null}:"):
        lines.add(f"{live}.put({place.key}, {place.entry}, {made})")
    with lines.block("else:"):
        lines.add(f"{timeline}.append({made})")
        lines.add(f"{_of_live(lines, place, 'dirty')}[{place.entry}] = {made}")
        with lines.block(f"if {time} > {live}.newest:"):
            lines.add(f"{live}.newest, {live}.newest_entry = {time}, {place.entry}")


def remove_item(lines: Lines, place: TimelinePlace, item: str, *, closing: bool) -> None:
    """As Timelines.remove, of one that is in the timeline: mostly the newest of its key."""
    live, timeline, entry = live_rows(lines, place.spec), place.timeline, place.entry
    if closing:
        lines.add(f"{live}.remove({place.key}, {entry}, {item})")
        return
    dirty, told, gone = (_of_live(lines, place, name) for name in ("dirty", "told", "gone"))
    with lines.block(f"if {timeline}[-1] is {item}:"):
        lines.add(f"{timeline}.pop()")
        with lines.block(f"if {dirty}.pop({entry}, None) is None or {entry} in {told}:"):
            lines.add(f"{gone}[{entry}] = {item}")
    with lines.block("else:"):
        lines.add(f"{live}.remove({place.key}, {entry}, {item})")


def _of_live(lines: Lines, place: TimelinePlace, name: str) -> str:
    """The variable with what Timelines has under that name; the same object for a whole batch."""
    store = overlay(lines, place.spec)
    return lines.fetched(f"{place.spec.name}_{name}", f"{store}.live.{name}")


def fetch(  # noqa: PLR0913 - what is asked for, and where the answer goes
    lines: Lines, spec: StoreSpec, key: str, first: str, last: str, found: str
) -> None:
    """Set `found` to the items of a key from one time to another, as they are shown. Mostly there are none, which is seen
    without a call.
    """
    timeline = live_timeline(lines, spec, key)
    with lines.block(f"if {timeline} and {timeline}[-1][0] >= {first}:"):
        lines.add(f"{found} = {overlay(lines, spec)}.fetch({key}, {first}, {last})")
    with lines.block("else:"):
        lines.add(f"{found} = ()")


def look_up(lines: Lines, spec: StoreSpec, key: Side, *, unread: bool) -> Found:
    """The row of a windowed key, as far as retention lets it be seen."""
    assert not unread, f"window store {spec.name} keeps what aggregates made"
    raw, row = key.raw(lines, row_key(spec)), lines.fresh("row")
    lines.add(f"{row} = {overlay(lines, spec)}.visible({raw})")
    return Found(row_value(lines, codecs(spec)[1], row), row_timestamp(row))
