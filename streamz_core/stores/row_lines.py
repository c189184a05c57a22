"""Lines that read and write rows in memory, wherever a kind of store has them."""

from __future__ import annotations

from attrs import frozen

from streamz_core.lines.lines import Lines
from streamz_core.lines.sides import Side, columnar
from streamz_core.stores.kind import codecs
from streamz_core.stores.rows import ABSENT, RAW, TIMESTAMP, UNREAD, VALUE
from streamz_core.topology.nodes import AnyCodec, StoreSpec


@frozen
class RowPlace:
    """Where lines find one row: variables with Rows, with those a commit must carry, with the key."""

    spec: StoreSpec
    rows: str
    dirty: str
    key: str

    @property
    def codec(self) -> AnyCodec:
        """The codec of the store's values."""
        return codecs(self.spec)[1]


def overlay(lines: Lines, spec: StoreSpec) -> str:
    """The variable with the overlay of a store."""
    return lines.bound(f"{spec.name}_store", f"store({spec.name!r})")


def read_row(lines: Lines, place: RowPlace) -> str:
    """A variable with the row, loaded if need be."""
    row, absent = lines.fresh("row"), lines.constant("ABSENT", ABSENT)
    rows, key = place.rows, place.key
    lines.add(f"{row} = {rows}.get({key})")
    with lines.block(f"if {row} is None:"):
        lines.add(f"{row} = {absent} if {rows}.whole else {rows}.load({key})")
    return row


def row_value(lines: Lines, codec: AnyCodec, row: str) -> Side:
    """The value of a row whose value is never UNREAD."""
    value = lines.fresh("value")
    lines.add(f"{value} = {row}[{VALUE}]")
    return held_value(codec, value)


def held_value(codec: AnyCodec, name: str) -> Side:
    """The value that the variable `name` holds as a row's VALUE does."""
    return Side(codec, obj=name) if codec.immutable else Side(codec, raw=name)


def row_with_raw(lines: Lines, row: str, value: Side) -> Side:
    """The value of a row of a store that has the bytes of all its values, with them."""
    raw = lines.fresh("raw")
    lines.add(f"{raw} = {row}[{RAW}]")
    return Side(value.codec, raw=raw, obj=value.obj(lines))


def row_timestamp(row: str) -> str:
    """The expression for a row's timestamp."""
    return f"{row}[{TIMESTAMP}]"


def row_value_read(lines: Lines, place: RowPlace, row: str) -> Side:
    """The value of a row that may also be one of which only the bytes are known.

    The object is kept, so that it is made once for many lookups.
    """
    codec = place.codec
    side = row_value(lines, codec, row)
    if codec.immutable:
        value = side.obj(lines)
        decode = lines.constant(f"decode_{codec.name}", codec.decode)
        with lines.block(f"if {value} is {lines.constant('UNREAD', UNREAD)}:"):
            lines.add(f"{value} = {decode}({row}[{RAW}])")
            cells = f"{value}, {row}[{TIMESTAMP}], {row}[{RAW}]"
            lines.add(f"{place.rows}[{place.key}] = ({cells})")
    return side


def row_of(lines: Lines, spec: StoreSpec, value: Side, timestamp: str) -> str:
    """The expression for a row of a store whose value is never UNREAD."""
    held, raw = held_as(lines, spec, value)
    return f"({held}, {timestamp}, {raw})"


def held_as(lines: Lines, spec: StoreSpec, value: Side) -> tuple[str, str]:
    """Expressions for VALUE and RAW of a row of a store whose value is never UNREAD."""
    codec = codecs(spec)[1]
    if not codec.immutable:
        return value.raw(lines, codec), "None"
    _prepare(lines, spec, value)
    raw = value.raw_name if value.has_raw(codec) else None
    return value.obj(lines), f"{raw}"


def write_row(lines: Lines, place: RowPlace, value: Side, timestamp: str) -> None:
    """The line that puts a row among the live and the dirty ones."""
    codec = place.codec
    if codec.immutable:
        _prepare(lines, place.spec, value)
    made = _cells(lines, value) if codec.immutable else (value.raw(lines, codec), "None")
    where = f"{place.rows}[{place.key}] = {place.dirty}[{place.key}]"
    lines.add(f"{where} = ({made[0]}, {timestamp}, {made[1]})")


def _prepare(lines: Lines, spec: StoreSpec, value: Side) -> None:
    """Bytes are made once for the store and for what comes behind it, unless columns are faster."""
    codec = codecs(spec)[1]
    if value.raw_name is None and not columnar(codec):
        value.stored_in = spec.name
        if lines.wants_bytes(spec.name):
            value.raw(lines, codec)


def _cells(lines: Lines, value: Side) -> tuple[str, str]:
    if value.raw_name is None:
        return value.obj(lines), "None"
    if value.has_object():
        return value.obj(lines), value.raw_name
    unread = lines.constant("UNREAD", UNREAD)
    cell = f"None if {value.raw_name} is None else {unread}" if value.nullable else unread
    return cell, value.raw_name
