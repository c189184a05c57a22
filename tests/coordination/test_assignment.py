"""Assignments are balanced, sticky, and the same for everybody."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.coordination.assignment import assign

members = st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=6, unique=True)
tasks = st.lists(
    st.builds("{}/{}".format, st.sampled_from("abc"), st.integers(0, 9)), max_size=30, unique=True
)


@given(tasks, members, st.data())
def test_balanced_and_whole(work: list[str], people: list[bytes], data: st.DataObject) -> None:
    previous = data.draw(st.dictionaries(st.sampled_from(work or ["x/0"]), st.sampled_from(people)))
    placed = assign(work, people, previous)
    assert set(placed) == set(work)
    load = Counter(dict.fromkeys(people, 0))
    load.update(placed.values())
    assert max(load.values()) - min(load.values()) <= 1
    assert placed == assign(list(reversed(work)), list(reversed(people)), previous)


@given(tasks, members)
def test_nothing_moves_without_need(work: list[str], people: list[bytes]) -> None:
    placed = assign(work, people, {})
    assert assign(work, people, placed) == placed


@given(tasks, members)
def test_who_stays_keeps_his_tasks(work: list[str], people: list[bytes]) -> None:
    before = assign(work, people, {})
    left = people[1:]
    after = assign(work, left, before)
    for task, member in before.items():
        if left and member in left:
            assert after[task] == member


def test_partitions_of_one_sub_topology_are_spread() -> None:
    placed = assign(["a/0", "a/1", "b/0", "b/1"], [b"one", b"two"], {})
    assert placed["a/0"] != placed["a/1"]
    assert placed["b/0"] != placed["b/1"]


def test_nobody_there() -> None:
    assert assign(["a/0"], [], {}) == {}


def test_a_newcomer_gets_one_partition_of_each_sub_topology() -> None:
    work = [f"{name}/{partition}" for name in "abc" for partition in (0, 1)]
    placed = assign(work, [b"one", b"two"], dict.fromkeys(work, b"one"))
    assert all(placed[f"{name}/0"] != placed[f"{name}/1"] for name in "abc")
