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


# ---- members that want some of it


def wishes(data: st.DataObject, people: list[bytes]) -> dict[bytes, set[str]]:
    return {one: data.draw(st.sets(st.sampled_from("abc"), min_size=1)) for one in people}


def gain(work: list[str], placed: dict[str, bytes], wanted: dict[bytes, set[str]]) -> bool:
    """Whether tasks passed on from one to the next would bring a member nearer to another one, by trying every way."""
    load = Counter(dict.fromkeys(wanted, 0))
    load.update(placed.values())
    for start in wanted:
        reached, left = {start}, [start]
        while left:
            giver = left.pop()
            names = {task[0] for task in work if placed.get(task) == giver}
            for taker, wishes_of_it in wanted.items():
                if taker not in reached and names & wishes_of_it:
                    reached.add(taker)
                    left.append(taker)
        if any(load[start] - load[one] > 1 for one in reached):
            return True
    return False


@given(tasks, members, st.data())
def test_each_gets_what_it_wants_and_loads_are_as_even_as_that_allows(
    work: list[str], people: list[bytes], data: st.DataObject
) -> None:
    wanted = wishes(data, people)
    previous = data.draw(st.dictionaries(st.sampled_from(work or ["x/0"]), st.sampled_from(people)))
    placed = assign(work, people, previous, wanted)
    assert set(placed) == {task for task in work if any(task[0] in one for one in wanted.values())}
    assert all(task[0] in wanted[member] for task, member in placed.items())
    assert not gain(work, placed, wanted)
    assert assign(list(reversed(work)), list(reversed(people)), previous, wanted) == placed
    assert assign(work, people, placed, wanted) == placed, "nothing moves without need"


@given(tasks, members, st.data())
def test_who_wants_everything_is_as_if_nobody_had_said_what(
    work: list[str], people: list[bytes], data: st.DataObject
) -> None:
    previous = data.draw(st.dictionaries(st.sampled_from(work or ["x/0"]), st.sampled_from(people)))
    everything = {one: set("abc") for one in people}
    assert assign(work, people, previous, everything) == assign(work, people, previous)


def test_a_task_is_passed_on_where_two_want_nothing_of_each_other() -> None:
    """The first has too many of a, the last wants b alone, the one between has both."""
    work = ["a/0", "a/1", "a/2", "b/0"]
    before = dict.fromkeys(work[:3], b"1") | {"b/0": b"2"}
    wanted = {b"1": {"a"}, b"2": {"a", "b"}, b"3": {"b"}}
    placed = assign(work, [b"1", b"2", b"3"], before, wanted)
    assert Counter(placed.values()) == {b"1": 2, b"2": 1, b"3": 1}
    assert placed["b/0"] == b"3"


def test_a_thousand_partitions_are_placed_and_few_of_them_move() -> None:
    work = [f"{name}/{number}" for name in "abcdefghij" for number in range(100)]
    people = [bytes([number]) * 8 for number in range(8)]
    before = assign(work, people[:7], {})
    after = assign(work, people, before)
    assert sum(before[task] != after[task] for task in work) == 125
