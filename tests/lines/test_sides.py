"""Sides: made once where somebody asks, kept for the block, encoded only if the bytes differ."""

import pytest

from streamz_core.codecs.extent import Endless, Sized
from streamz_core.codecs.free import FREE_VALUE, JSON
from streamz_core.codecs.plain import BYTES, INT, STR, IntCodec
from streamz_core.codecs.windowed import windowed_codec
from streamz_core.errors import TopologyError
from streamz_core.lines.sides import Side, same
from tests.lines.written import Written


def test_an_object_is_decoded_once():
    lines, side = Written(), Side(INT, raw="raw")
    name = side.obj(lines)
    assert side.obj(lines) == name
    assert len(lines.text) == 1
    assert lines.run(raw=INT.encode(7))[name] == 7
    assert lines.run(raw=None)[name] is None


def test_bytes_are_encoded_once_and_told_to_the_store_that_has_the_object():
    lines, side = Written(), Side(INT, obj="value", stored_in="hits")
    name = side.raw(lines)
    assert side.raw(lines) == name
    assert lines.wanted == ["hits"]
    assert lines.run(value=7)[name] == INT.encode(7)
    assert lines.run(value=None)[name] is None


def test_bytes_in_another_codec_are_not_kept():
    lines, side = Written(), Side(INT, raw="raw")
    assert side.has_raw(INT)
    assert not side.has_raw(JSON)
    name = side.raw(lines, JSON)
    assert lines.run(raw=INT.encode(7))[name] == b"7"
    assert side.raw(lines) == "raw"


def test_what_is_never_null_is_not_asked():
    lines, side = Written(), Side(INT, raw="raw", nullable=False)
    side.obj(lines)
    assert "None" not in lines.text[0]
    assert side.is_null() == "False"
    assert Side(INT, raw="raw").not_null().is_null() == "False"


def test_null_is_asked_of_what_is_at_hand():
    side = Side(INT, raw="raw", obj="value")
    assert side.is_null() == "raw is None"
    assert side.is_null(looked_at=True) == "value is None"


def test_bytes_are_their_own_object():
    lines = Written()
    assert Side(BYTES, raw="raw").obj(lines) == "raw"
    assert lines.text == []


def test_a_copy_takes_what_it_makes_away_with_it():
    lines, side = Written(), Side(INT, raw="raw")
    side.copy().obj(lines)
    assert side.obj_name is None


def test_a_side_without_a_codec_names_the_step():
    with pytest.raises(TopologyError, match="step: no codec is known here"):
        Side(None, raw="raw").obj(Written())


def test_sides_of_one_shape_hold_alike():
    side = Side(INT, raw="raw")
    other = side.renamed(lambda hint: f"my_{hint}")
    assert other.names() == ["my_raw"]
    assert side.shape() == other.shape()
    assert side.shape() != side.not_null().shape()
    assert side.shape() != Side(INT, obj="value").shape()


def test_codecs_that_write_the_same_bytes():
    assert same(INT, INT)
    assert not same(INT, IntCodec())
    assert not same(None, None)
    one = windowed_codec(STR, Sized(10))
    assert same(one, type(one)(STR, Sized(10)))
    assert not same(one, windowed_codec(STR, Sized(20)))
    assert not same(one, windowed_codec(INT, Sized(10)))
    assert not same(one, windowed_codec(STR, Endless()))


def test_what_cannot_be_changed_is_shared():
    lines, side = Written(), Side(INT, obj="value")
    assert side.apart(lines).shape() == side.shape()
    assert side.lent(lines) == "value"
    assert not side.watched
    assert lines.text == []


def test_bytes_at_hand_are_enough_for_somebody_else():
    lines, side = Written(), Side(JSON, raw="raw", obj="value")
    other = side.apart(lines)
    assert (other.raw_name, other.obj_name, side.obj_name) == ("raw", None, "value")
    assert lines.text == []


def test_after_somebody_looked_nobody_gets_that_object():
    lines, side = Written(), Side(JSON, raw="raw")
    name = side.lent(lines)
    assert side.copy().obj_name == name
    other = side.copy().apart(lines)
    assert other.obj_name is None
    side.apart(lines)
    assert side.obj_name is None
    assert side.raw_name == "raw"


def test_an_object_of_a_type_is_written_once_for_all_others():
    lines, side = Written(), Side(JSON, obj="value")
    one, other = side.apart(lines), side.apart(lines)
    names = one.obj(lines), other.obj(lines)
    found = lines.run(value=[1])
    assert [found[name] for name in names] == [[1], [1]]
    assert len({id(found[name]) for name in (*names, "value")}) == 3
    assert sum("encode" in line for line in lines.text) == 1


@pytest.mark.parametrize("codec", [None, FREE_VALUE])
def test_an_object_that_nobody_typed_is_copied(codec):
    lines, side = Written(), Side(codec, obj="value")
    other = side.apart(lines)
    assert (other.raw_name, other.obj_name) == (None, None)
    kept = other.kept_name
    assert other.is_null() == f"{kept} is None"
    assert other.copy().shape() == other.shape() != side.shape()
    name = other.obj(lines)
    assert other.apart(lines).kept_name == kept
    found = lines.run(value=[1])
    assert found[name] == found[kept] == [1]
    assert len({id(found[each]) for each in (name, kept, "value")}) == 3
    text = "immutable"
    assert lines.run(value=text)[name] is text


def test_what_is_kept_is_written_without_a_copy():
    lines, side = Written(), Side(FREE_VALUE, obj="value")
    other = side.apart(lines)
    raw = other.raw(lines)
    assert other.obj_name is None
    assert lines.run(value=[1])[raw] == FREE_VALUE.encode([1])


def test_all_that_is_known_goes_with_new_names():
    side = Side(JSON, raw="raw", obj="value", kept="kept")
    side.watched = True
    other = side.renamed(lambda hint: f"my_{hint}")
    assert other.names() == ["my_raw", "my_value", "my_kept"]
    assert other.shape() == side.shape()
