"""What a task says it took of topics that are changelogs."""

from __future__ import annotations

from streamz_core.runtime.state.taken import Taken


def test_only_topics_that_matter_are_told_of() -> None:
    took = Taken({"users"})
    took.begin("users", 3)
    took.begin("clicks", 4)
    took.skip("users", 5, 0)
    took.skip("clicks", 5, 0)
    assert (took.begins, took.skipped) == ({"users": 3}, {"users#0": 5})


def test_topics_whose_names_begin_alike_are_told_apart() -> None:
    took = Taken({"users", "users#0", "users-2"})
    for number, topic in enumerate(sorted(took.topics)):
        took.skip(topic, number, 0)
        took.skip(topic, number + 10, 0)
    assert {topic: took.left_out(topic) for topic in took.topics} == {
        "users": {0, 10},
        "users#0": {1, 11},
        "users-2": {2, 12},
    }


def test_what_a_commit_says_replaces_what_was_known() -> None:
    took = Taken({"users"})
    took.skip("users", 5, 0)
    told = {"users#0": 1}
    took.rewind({"users": 1}, told)
    took.skip("users", 7, 0)
    assert (took.begins, took.left_out("users")) == ({"users": 1}, {1, 7})
    assert told == {"users#0": 1}


def test_a_place_is_free_when_its_record_is_no_more() -> None:
    took = Taken({"users"})
    for offset in (5, 7, 9):
        took.skip("users", offset, 6)
    assert took.skipped == {"users#0": 7, "users#1": 9}
