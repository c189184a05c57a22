"""Lines that read and write rows, run as they are."""

import pytest

from streamz_core.codecs.codec import Codec
from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import INT, STR
from streamz_core.lines.sides import Side
from streamz_core.stores.row_lines import (
    RowPlace,
    overlay,
    read_row,
    row_timestamp,
    row_value,
    row_value_read,
    row_with_raw,
    write_row,
)
from streamz_core.stores.rows import ABSENT, UNREAD, Rows
from streamz_core.topology.nodes import StoreSpec
from tests.lines.written import Written

PLACE = RowPlace(StoreSpec("s", "timestamped", STR, INT), "rows", "dirty", "key")
LISTS = RowPlace(StoreSpec("s", "timestamped", STR, JSON), "rows", "dirty", "key")


@pytest.fixture
def lines():
    return Written()


@pytest.mark.parametrize("whole, expected", [(True, ABSENT), (False, (7, 5, None))])
def test_a_row_that_is_not_here_is_loaded_unless_all_are_here(lines, whole, expected):
    row = read_row(lines, PLACE)
    rows = Rows(lambda _: (7, 5, None), whole=whole)
    assert lines.run(rows=rows, key=b"a")[row] == expected
    assert (b"a" in rows) != whole


def test_the_value_and_timestamp_of_a_row(lines):
    assert lines.run(row=(7, 5, None)) == {"row": (7, 5, None)}
    side = row_value(lines, INT, "row")
    assert side.has_object()
    assert lines.run(row=(7, 5, None))[side.obj(lines)] == 7
    assert not row_value(lines, JSON, "row").has_object()
    assert row_timestamp("row") == "row[1]"


def test_a_value_can_be_had_with_the_bytes_of_its_row(lines):
    side = row_with_raw(lines, "row", row_value(lines, INT, "row"))
    found = lines.run(row=(7, 5, b"seven"))
    assert (found[side.obj(lines)], found[side.raw(lines, INT)]) == (7, b"seven")


def test_a_value_of_which_only_the_bytes_are_known_is_decoded_and_kept(lines):
    side = row_value_read(lines, PLACE, "row")
    rows = {}
    found = lines.run(row=(UNREAD, 5, INT.encode(7)), rows=rows, key=b"a")
    assert found[side.obj(lines)] == 7
    assert rows == {b"a": (7, 5, INT.encode(7))}
    rows.clear()
    lines.run(row=(7, 5, None), rows=rows, key=b"a")
    assert rows == {}


def written(lines, place, side, **names):
    rows, dirty = {}, {}
    write_row(lines, place, side, "timestamp")
    lines.run(rows=rows, dirty=dirty, key=b"a", timestamp=5, **names)
    assert rows == dirty
    return rows[b"a"]


def test_a_row_is_written_with_what_is_at_hand(lines):
    assert written(lines, PLACE, Side(INT, obj="value"), value=7) == (7, 5, None)


def test_bytes_that_nobody_has_read_stay_unread(lines):
    raw = INT.encode(7)
    assert written(lines, PLACE, Side(INT, raw="raw"), raw=raw) == (UNREAD, 5, raw)
    assert written(Written(), PLACE, Side(INT, raw="raw"), raw=None) == (None, 5, None)


def test_object_and_bytes_are_kept_both(lines):
    raw = INT.encode(7)
    side = Side(INT, raw="raw", obj="value")
    assert written(lines, PLACE, side, raw=raw, value=7) == (7, 5, raw)


def test_what_could_be_changed_is_written_as_bytes(lines):
    assert written(lines, LISTS, Side(JSON, obj="value"), value=[1]) == (b"[1]", 5, None)


class OneByOne(type(INT)):
    """A codec whose columns go no faster than their values."""

    encode_all = Codec.encode_all


@pytest.mark.parametrize("needed", [set(), {"s"}])
def test_bytes_are_made_for_the_store_if_somebody_behind_it_needs_them(lines, needed):
    codec = OneByOne()
    place = RowPlace(StoreSpec("s", "timestamped", STR, codec), "rows", "dirty", "key")
    lines.needed = needed
    side = Side(codec, obj="value")
    assert written(lines, place, side, value=7) == (7, 5, INT.encode(7) if needed else None)
    assert side.stored_in == "s"


def test_the_overlay_is_asked_for_by_the_name_of_the_store(lines):
    assert overlay(lines, PLACE.spec) == "store('s')"
