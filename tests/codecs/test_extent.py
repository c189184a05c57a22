"""Ends of windows: as values, and as text for generated lines."""

import pytest

from streamz_core.codecs.extent import TIME_MAX, Endless, Logged, Sized, Spanning, extent_of
from streamz_core.errors import CodecError


@pytest.mark.parametrize("extent, end", [(Sized(10), 17), (Endless(), TIME_MAX)], ids=repr)
def test_the_end_as_text_is_the_end(extent, end):
    found = {"start": 7}
    exec(f"end = {extent.end_of('start')}", found)
    assert found["end"] == extent.end(7) == end


def test_equal_extents_are_one_and_say_what_they_are():
    assert {Sized(10), Sized(10), Endless(), Endless()} == {Sized(10), Endless()}
    assert (Sized(10).name, Endless().name) == ("of 10 ms", "without end")


@pytest.mark.parametrize(
    "extent, end, tail",
    [
        (Sized(10), 266, "0000000000000100"),
        (Endless(), TIME_MAX, "0000000000000100"),
        (Logged(Sized(10)), 266, "0000000000000100 00000000"),
        (Spanning(), 257, "0000000000000101 0000000000000100"),
    ],
    ids=repr,
)
def test_tails_tell_the_window(extent, end, tail):
    assert extent.pack(256, end) == bytes.fromhex(tail)
    assert extent.unpack(bytes.fromhex(tail)) == (256, end)
    assert extent.tail_bytes == len(bytes.fromhex(tail))
    with pytest.raises(CodecError, match=f"256.*{end - 300}"):
        extent.pack(256, end - 300)


def test_the_last_windows_end_where_time_does():
    near = TIME_MAX - 4
    assert Sized(10).end(near) == TIME_MAX
    assert Sized(10).pack(near, TIME_MAX) == Sized(10).pack(near, near + 10)  # as lines compute it
    assert Sized(10).unpack(Sized(10).pack(near, TIME_MAX)) == (near, TIME_MAX)


def test_where_a_session_ends_must_be_told():
    assert Spanning().end(7, 9) == 9
    with pytest.raises(CodecError, match="begins at 7"):
        Spanning().end(7)


@pytest.mark.parametrize(
    "extent",
    [Sized(10), Sized(86_400_000), Endless(), Spanning(), Logged(Sized(10)), Logged(Endless())],
    ids=repr,
)
def test_an_extent_is_found_by_its_name(extent):
    assert extent_of(extent.name) == extent


@pytest.mark.parametrize(
    "name",
    [
        "",
        "of ms",
        "of -1 ms",
        "of 1 days",
        "of ٣ ms",
        "of sessions in a changelog",
        " in a changelog",
    ],
)
def test_a_name_that_no_extent_has(name):
    assert extent_of(name) is None
