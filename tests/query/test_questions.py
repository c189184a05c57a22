"""Questions as targets of requests: written and read back, and what is refused."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.query.parameters import NUMBER_MAX, cursor
from streamz_core.query.problems import Problem
from streamz_core.query.questions import parse, segments, target
from streamz_core.query.verbs import AsOf, Keys, OneWindow, Range, Versions, Windows
from streamz_core.record import Windowed
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.windows import TimeWindows

SPECS = {
    "v": StoreSpec("v", "versioned", STR, INT, retention_ms=1000, history_ms=1000),
    "a/b %": StoreSpec("a/b %", "timestamped", STR, INT),
    "n": StoreSpec("n", "plain", INT, INT),
    "w": StoreSpec(
        "w", "window", STR, INT, retention_ms=120_000, window=TimeWindows(60_000, 60_000)
    ),
}


def read(text):
    parts, parameters = segments(text)
    assert parts[0] == "stores"
    return parse(parts, parameters, SPECS.__getitem__)


@pytest.mark.parametrize(
    "question",
    [
        Keys(store="a/b %", key="x/../ü?&=#%2e\x00"),
        Keys(store="a/b %", key="", partition=3, min_commit=7),
        Keys(store="n", key=-5),
        Range(store="n", low=-5, high=0, limit=5, after=-1, partition=0),
        Range(store="a/b %", low="", after="é"),
        Range(store="a/b %", prefix="é&", reverse=True),
        Windows(store="w", key="a", reverse=True),
        OneWindow(store="w", key="a", start=5),
        OneWindow(store="w", key="a", start=5, end=9),
        Range(store="w", low="a", time_from=1, time_to=NUMBER_MAX),
        AsOf(store="v", key="a/b", time=7),
        AsOf(store="v", key="a"),
        Versions(store="v", key="a", time_from=5, time_to=9, after=7, limit=3),
        Windows(store="w", key="a", time_from=5, after=Windowed("a", 0, 60_000)),
    ],
)
def test_a_question_is_read_as_it_was_written(question):
    assert read(target(question, SPECS[question.store])) == question


@pytest.mark.parametrize(
    "text,status",
    [
        ("stores/n", 400),
        ("http://127.0.0.1/stores/n/keys/1", 400),
        ("/stores/n/keys/%zz", 400),
        ("/stores/n/keys/%", 400),
        ("/stores/n/keys/%ff", 400),
        ("/stores/w/windows/%zz", 400),
        ("/stores/w/windows/a?from=%z", 400),
        ("/stores/n/keys/é", 400),
        ("/stores/n/keys/abc", 400),
        ("/stores/n/as_of/1?time=5", 400),
        ("/stores/v/as_of/a?time=noon", 400),
        ("/stores/v/as_of/a?from=5", 400),
        ("/stores/v/versions/a?cursor=x", 400),
        ("/stores/v/windows/a", 400),
        ("/stores/n/keys/1?min_commit=-1", 400),
        ("/stores/n/keys/1?min_commit=²", 400),
        ("/stores/n/keys/1?min_commit=9223372036854775808", 400),
        ("/stores/n/keys/1?from=2", 400),
        ("/stores/n/keys/1?partition=1&partition=2", 400),
        ("/stores/n/keys/1?" + "&".join(f"a{i}=1" for i in range(20)), 400),
        ("/stores/n/keys/1/2", 404),
        ("/stores/n/keys", 404),
        ("/stores/n/range/1", 404),
        ("/stores/n/other/1", 404),
        ("/stores/n/windows/1", 400),
        ("/stores/w/keys/a", 400),
        ("/stores/n/range?limit=10001", 400),
        ("/stores/n/range?reverse=yes", 400),
        ("/stores/n/range?prefix=1", 400),
        ("/stores/n/window/1?start=1", 400),
        ("/stores/w/window/a", 400),
        ("/stores/w/window/a?start=x", 400),
        ("/stores/n/range?cursor=%25", 400),
        ("/stores/n/range?cursor=" + cursor(SPECS["a/b %"], "x"), 400),
        ("/stores/n/range?cursor=_w", 400),
    ],
)
def test_what_is_refused(text, status):
    with pytest.raises(Problem) as caught:
        read(text)
    assert caught.value.status == status


def test_dots_and_encoded_slashes_are_text_of_a_key_and_nothing_else():
    assert read("/stores/w/windows/..%2f..%2fetc%2fpasswd").key == "../../etc/passwd"
    assert read("/stores/w/windows/%252e").key == "%2e"


def test_the_default_limit_stands_in_for_none():
    assert read("/stores/n/range") == Range(store="n", limit=1000)
