"""Lines that reach for the rows of window stores (the attributes are those of panes.py, ordered.py)."""

from __future__ import annotations

from collections.abc import Callable

from streamz_core.codecs.windowed import WindowedCodec
from streamz_core.lines.adding import Adding
from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side, same
from streamz_core.record import Windowed
from streamz_core.stores.kind import Found, codecs
from streamz_core.stores.row_lines import RowPlace, overlay, row_timestamp, row_value
from streamz_core.stores.windowed.segments import row_key
from streamz_core.topology.nodes import AnyCodec, StoreSpec


class WindowSide(Side):
    """A windowed key that has not been put together: the plain key, the start, the pane."""

    __slots__ = ("inner", "pane", "start")

    def __init__(
        self, codec: WindowedCodec, inner: Side, start: str, pane: str, made: Side | None = None
    ) -> None:
        self.codec = codec
        self.inner = inner
        self.start = start
        self.pane = pane
        self.nullable = False
        self.stored_in = ""
        self.raw_name = made.raw_name if made else None
        self.obj_name = made.obj_name if made else None

    def obj(self, lines: Adding) -> str:
        if self.obj_name is None:
            codec = self._codec()
            windowed = lines.constant("Windowed", Windowed)
            inner = self.inner.obj(lines)
            self.obj_name = lines.fresh("key")
            end = codec.extent.end_of(self.start)
            lines.add(f"{self.obj_name} = {windowed}({inner}, {self.start}, {end})")
        return self.obj_name

    def raw(self, lines: Adding, codec: AnyCodec | None = None) -> str:
        wanted = codec or self.codec
        if self.raw_name is None and self.has_raw(wanted or self._codec()):
            inner = self.inner.raw(lines, self._codec().key)
            self.raw_name = lines.fresh("raw")
            lines.add(f"{self.raw_name} = {inner} + {self.pane}.tail")
        return super().raw(lines, wanted)

    def has_raw(self, codec: AnyCodec) -> bool:
        return same(codec, self.codec) and self.inner.has_raw(self._codec().key)

    def not_null(self) -> Side:
        return self

    def copy(self) -> Side:
        return WindowSide(self._codec(), self.inner.copy(), self.start, self.pane, self)

    def names(self) -> list[str]:
        return [*self.inner.names(), self.start, self.pane]

    def renamed(self, fresh: Callable[[str], str]) -> Side:
        inner = self.inner.renamed(fresh)
        return WindowSide(self._codec(), inner, fresh("start"), fresh("pane"))

    def shape(self) -> tuple[object, ...]:
        return (id(self.codec), *self.inner.shape())

    def _codec(self) -> WindowedCodec:
        assert isinstance(self.codec, WindowedCodec)
        return self.codec


def pane_place(lines: Lines, spec: StoreSpec, key: str, start: str) -> tuple[RowPlace, str]:
    """Where the row of a key in the window at `start` is read and written, and the pane's variable."""
    live = lines.fetched(f"{spec.name}_live", f"{overlay(lines, spec)}.live")
    pane = lines.fresh("pane")
    lines.add(f"{pane} = {live}[{start}]")
    return RowPlace(spec, pane, f"{pane}.dirty", key), pane


def look_up(lines: Lines, spec: StoreSpec, key: Side, *, unread: bool) -> Found:
    """The row of a windowed key, as far as retention lets it be seen."""
    assert not unread, f"window store {spec.name} keeps what aggregates made"
    raw, row = key.raw(lines, row_key(spec)), lines.fresh("row")
    lines.add(f"{row} = {overlay(lines, spec)}.visible({raw})")
    return Found(row_value(lines, codecs(spec)[1], row), row_timestamp(row))
