"""The position of a task, as the commits say it."""

from __future__ import annotations

import attrs

from streamz_core.runtime.task.position import FIELDS, Position, unpack

ENTRIES = {
    "time:a": 5,
    "time:b:c": -1,
    "timer:due:a": 3,
    "advance:a": 4,
    "idle:a": 1,
    "observed:total": 7,
    "task": 9,
}
POSITION = Position(
    {"a": 5, "b:c": -1}, {"observed:total": 7, "task": 9}, {"due:a": 3}, {"a": 4}, {"a": 1}
)


def test_the_entries_are_those_that_stand_in_commits() -> None:
    assert POSITION.pack() == ENTRIES
    assert list(POSITION.pack()) == list(ENTRIES), "the order decides the bytes"
    assert unpack(ENTRIES) == POSITION
    assert unpack({}) == Position()


def test_every_field_has_a_prefix_of_its_own_and_none_hides_another() -> None:
    assert sorted(FIELDS.values()) == sorted(field.name for field in attrs.fields(Position))
    prefixes = list(FIELDS)
    for at, prefix in enumerate(prefixes):
        assert not any(prefix.startswith(before) for before in prefixes[:at])


def test_only_what_changed_is_told() -> None:
    later = Position(
        {"a": 6, "b:c": -1},
        {"observed:total": 7, "task": 9, "observed:new": 0},
        {"due:a": 3},
        {"a": 4},
        {"a": 1},
    )
    assert later.changed(POSITION) == {"time:a": 6, "observed:new": 0}
    assert later.changed(later) == {}
    assert POSITION.changed(Position()) == ENTRIES


def test_changes_upon_changes_are_the_whole() -> None:
    steps = [Position({"a": n}, {"observed:x": n // 2}) for n in range(6)]
    told: dict[str, int] = {}
    known = Position()
    for step in steps:
        told.update(step.changed(known))
        known = step
        assert unpack(told) == step


def test_the_time_of_the_task_is_the_latest_of_its_partitions() -> None:
    assert POSITION.task_time == 5
    assert Position().task_time == -1
    assert Position({"a": 5}, advances={"a": 8}).task_time == 8
