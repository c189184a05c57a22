"""The table of verbs: what each may be told, which stores it fits, and which rows it takes."""

import attrs
import pytest

from streamz_core.query.parameters import parameters_of
from streamz_core.query.verbs import (
    VERBS,
    AsOf,
    Keys,
    OneWindow,
    Question,
    Range,
    Versions,
    Windows,
)
from streamz_core.record import Windowed
from streamz_core.stores.kinds import KINDS

COMMON = {"partition", "min_commit"}
PAGED = {"limit", "cursor", "reverse"}


def names(verb):
    return {one.name for one in parameters_of(verb).values()}


def test_every_class_of_questions_with_a_verb_is_in_the_table():
    found, left = set(), [Question]
    while left:
        verb = left.pop()
        left += verb.__subclasses__()
        found |= {verb} if "verb" in vars(verb) else set()
    assert set(VERBS.values()) == found
    assert all(verb.verb == name for name, verb in VERBS.items())


@pytest.mark.parametrize(
    "verb,own",
    [
        (Keys, set()),
        (AsOf, {"time"}),
        (Versions, {"from", "to"} | PAGED),
        (Windows, {"from", "to"} | PAGED),
        (OneWindow, {"start", "end"}),
        (Range, {"from", "to", "prefix", "time_from", "time_to"} | PAGED),
    ],
)
def test_what_a_request_may_name(verb, own):
    assert names(verb) == COMMON | own
    assert verb.paged is ("cursor" in own)


def test_each_kind_has_a_verb_for_a_key_and_fits_no_other():
    for kind in KINDS.values():
        assert VERBS[kind.verb].keyed
        keyed = [verb for verb in VERBS.values() if verb.keyed and verb.fits(kind)]
        of_windows = [OneWindow] if kind.verb == "windows" else []
        of_versions = [] if kind.versions is None else [AsOf, Versions]
        assert keyed == [VERBS[kind.verb], *of_versions, *of_windows]
        assert Range.fits(kind)


class Part:
    """Says what it was asked."""

    def of_key(self, *asked, **more):
        return [("of_key", *asked, *more.items())]

    def scan(self, *asked, **more):
        return [("scan", *asked, *more.items())]

    def as_of(self, *asked):
        return [("as_of", *asked)]

    def versions(self, *asked):
        return [("versions", *asked)]


@pytest.mark.parametrize(
    "question,asked",
    [
        (Keys(store="s", key="a"), ("of_key", "a")),
        (AsOf(store="s", key="a", time=7), ("as_of", "a", 7)),
        (AsOf(store="s", key="a"), ("as_of", "a", 2**63 - 1)),
        (
            Windows(store="s", key="a", time_from=1, time_to=2, after="x"),
            ("of_key", "a", 1, 2, "x", ("reverse", False)),
        ),
        (
            Range(store="s", low="a", high="b", time_from=1, time_to=2, after="x"),
            ("scan", "a", "b", 1, 2, "x", ("prefix", None), ("reverse", False)),
        ),
        (
            Range(store="s", prefix="a", reverse=True),
            ("scan", None, None, 0, None, None, ("prefix", "a"), ("reverse", True)),
        ),
    ],
)
def test_what_a_part_is_asked(question, asked):
    assert question.rows(Part()) == [asked]


def test_one_window_is_told_by_its_start_and_of_sessions_by_its_end_too():
    class Sessions:
        def of_key(self, *asked):
            assert asked == ("a", 5, 5)
            yield Windowed("a", 3, 5), 1
            yield Windowed("a", 5, 9), 2

    assert list(OneWindow(store="s", key="a", start=5).rows(Sessions())) == [
        (Windowed("a", 5, 9), 2)
    ]
    exact = OneWindow(store="s", key="a", start=5, end=9)
    assert list(exact.rows(Sessions())) == [(Windowed("a", 5, 9), 2)]
    assert list(attrs.evolve(exact, end=8).rows(Sessions())) == []
    window, session = KINDS["window"], KINDS["session"]
    assert OneWindow(store="s", key="a").lacks(window) == "start"
    assert OneWindow(store="s", key="a", start=5).lacks(window) == ""
    assert OneWindow(store="s", key="a", start=5).lacks(session) == "end"
    assert exact.lacks(session) == ""


def test_versions_go_on_behind_the_time_of_the_last_one():
    class Two:
        def versions(self, *asked):
            assert asked == ("a", 1, 9)
            return [("a", "x", 2, 5), ("a", "y", 5, None)]

    question = Versions(store="s", key="a", time_from=1, time_to=9)
    assert [row[1] for row in question.rows(Two())] == ["x", "y"]
    assert Versions.place(("a", "x", 2, 5)) == 2
    assert [row[1] for row in attrs.evolve(question, after=2).rows(Two())] == ["y"]
    last_first = attrs.evolve(question, reverse=True)
    assert [row[1] for row in last_first.rows(Two())] == ["y", "x"]
    assert [row[1] for row in attrs.evolve(last_first, after=5).rows(Two())] == ["x"]
    assert Keys.place(("a", "x", 2)) == "a"
