"""What offset_reset= and idle= take, and what they refuse."""

from datetime import timedelta

import pytest

from streamz_core.dsl.declared.starts import WORDS, idle_ms, offset_start
from streamz_core.errors import TopologyError
from streamz_core.topology.nodes import EARLIEST, OffsetReset


def test_the_words():
    assert [offset_start(word) for word in WORDS] == [
        EARLIEST,
        OffsetReset("latest"),
        OffsetReset("none"),
    ]


@pytest.mark.parametrize("said", ["90s", timedelta(seconds=90), 90])
def test_a_duration(said):
    assert offset_start(said) == OffsetReset("back", 90_000)


@pytest.mark.parametrize("said", ["lastest", "", "-5s", None, True])
def test_anything_else_is_refused_with_what_can_be_said(said):
    with pytest.raises(TopologyError, match=r"^offset_reset=.*'earliest', 'latest', 'none'$"):
        offset_start(said)


def test_a_pause_is_a_duration_of_some_length():
    assert idle_ms(None) is None
    assert idle_ms("30s") == 30_000
    with pytest.raises(TopologyError, match="idle='99ms': time goes on every 99 ms"):
        idle_ms("99ms")
    with pytest.raises(TopologyError, match="idle= is 'soon'"):
        idle_ms("soon")
