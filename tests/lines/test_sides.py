"""Sides: made once where somebody asks, kept for the block, encoded only if the bytes differ."""

import pytest

from streamz_core.codecs.extent import Endless, Sized
from streamz_core.codecs.free import JSON
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
