"""Ends of windows: as values, and as text for generated lines."""

import pytest

from streamz_core.codecs.extent import TIME_MAX, Endless, Sized


@pytest.mark.parametrize("extent, end", [(Sized(10), 17), (Endless(), TIME_MAX)], ids=repr)
def test_the_end_as_text_is_the_end(extent, end):
    found = {"start": 7}
    exec(f"end = {extent.end_of('start')}", found)
    assert found["end"] == extent.end(7) == end


def test_equal_extents_are_one_and_say_what_they_are():
    assert {Sized(10), Sized(10), Endless(), Endless()} == {Sized(10), Endless()}
    assert (Sized(10).name, Endless().name) == ("of 10 ms", "without end")
