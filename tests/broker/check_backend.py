"""What every broker behind the seam has to do alike.

A check is a function of `make`, which gives another process's Backend on one and the same broker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from streamz_core.broker.backend import Backend, Mark, TaskCommit, next_offset
from streamz_core.broker.belonging.kinds import Membership
from streamz_core.codecs.schemas import schema_of
from streamz_core.errors import Fenced, Misuse, TooLarge, UnknownTopic

Make = Callable[[], Backend]
TASKS = ["s/0", "s/1", "s/2"]
ALL = 1 << 40
TURNS = 50


def write(backend: Backend, topic: str, partition: int, values: Sequence[bytes]) -> int:
    """One commit; the offset it begins at."""
    packed = backend.pack(topic, partition, [b"k"] * len(values), values, range(len(values)))
    return backend.commit("", [], packed).bases[0]


def values(backend: Backend, topic: str, partition: int, offset: int, **limits: int) -> list:
    backend.watch([topic])
    backend.refresh()
    found = backend.fetch(topic, partition, offset, **{"bytes_max": ALL, **limits})
    return [value for batch in found for value in batch.values]


def join(backend: Backend, group: str = "g") -> Membership:
    membership = backend.membership(group, TASKS, ["in"], {"pid": 7}, 300_000)
    membership.join()
    return membership


def settle(*all_of: tuple[Backend, Membership]) -> None:
    """Let the members look after their group until nobody has anything to say."""
    for _ in range(TURNS):
        for backend, membership in all_of:
            backend.refresh()
            for task in membership.step():
                membership.release(task)
            backend.wait(0.2)


def owner_of_all(make: Make) -> tuple[Backend, Membership]:
    backend = make()
    backend.create_topic("in", 3, {})
    backend.create_topic("out", 3, {})
    membership = join(backend)
    settle((backend, membership))
    assert set(membership.owned()) == set(TASKS)
    return backend, membership


# ---- schemas


def check_schemas_are_told_once_and_known_to_everybody(make: Make) -> None:
    first, second = make(), make()
    first.create_topic("in", 1, {})
    list_of, number = schema_of(("list", "int")), schema_of("int")
    assert first.written_as("in", "value") == first.written_as("nowhere", "value") == []
    first.register([number], [("in", "value", list_of)])
    second.refresh()
    assert second.written_as("in", "value") == [list_of]
    assert second.written_as("in", "key") == []
    before = second.mark
    second.register([list_of], [("in", "value", list_of)])
    assert second.mark == before
    second.register([], [("in", "value", number), ("in", "key", number)])
    first.refresh()
    assert first.written_as("in", "value") == [list_of, number]


def check_what_apps_read_is_their_last_word_until_they_are_reset(make: Make) -> None:
    first, second = make(), make()
    first.create_topic("in", 1, {})
    list_of, number = schema_of(("list", "int")), schema_of("int")
    first.register([], [], [("in", "value", list_of)], "shop")
    first.register([], [], [("in", "value", number)], "other")
    second.refresh()
    assert second.read_as("in", "value") == {"shop": list_of, "other": number}
    assert second.read_as("in", "key") == second.read_as("nowhere", "key") == {}
    second.register([], [], [("in", "value", number)], "shop")
    first.refresh()
    assert first.read_as("in", "value")["shop"] == number
    first.reset("shop", {}, [], "me")
    assert first.read_as("in", "value") == {"other": number}


def check_who_may_not_tell_tells_nothing(make: Make) -> None:
    backend = make()
    backend.create_topic("in", 1, {})

    def refuse() -> None:
        raise Misuse("not so")

    before = backend.mark
    with pytest.raises(Misuse, match="not so"):
        backend.register([], [("in", "value", schema_of("int"))], check=refuse)
    backend.refresh()
    assert backend.mark == before
    assert backend.written_as("in", "value") == []


# ---- topics


def check_a_topic_that_was_made_is_seen_by_all(make: Make) -> None:
    one, two = make(), make()
    before = two.topic_changes
    made = one.create_topic("t", 3, {"cleanup": "compact"})
    assert (made.name, made.partitions, made.config["cleanup.policy"]) == ("t", 3, "compact")
    two.refresh()
    assert two.topic_changes != before
    assert two.topic("t") == made
    assert two.topics()["t"] == made


def check_a_topic_that_was_altered_is_seen_by_all(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {"retention.ms": 5})
    two.refresh()
    assert two.topic("t").partitions == 1
    before = two.topic_changes
    made = one.alter_topic("t", 3, {"retention.ms": 6})
    assert (made.partitions, made.config) == (3, {"retention.ms": 6})
    two.refresh()
    assert two.topic_changes != before
    assert two.topic("t") == two.topics()["t"] == made
    assert write(one, "t", 2, [b"1"]) == one.start("t", 2)
    assert values(two, "t", 2, two.start("t", 2)) == [b"1"]
    with pytest.raises(Misuse, match="are fewer"):
        two.alter_topic("t", 2, {})


def check_a_topic_is_made_once(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 3, {})
    assert two.create_topic("t", 5, {}).partitions == 3


def check_an_unknown_topic_is_named_with_those_there_are(make: Make) -> None:
    one = make()
    one.create_topic("there", 1, {})
    with pytest.raises(UnknownTopic, match=r"'missing'.*there"):
        one.topic("missing")


# ---- records


def check_records_come_back_as_they_were_written(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 2, {})
    columns = [b"a", None], [b"1", None], [5, 4]
    headers = [(("h", b"x"), ("h", None)), ()]
    base = one.commit("", [], one.pack("t", 1, *columns, headers)).bases[0]
    two.watch(["t"])
    two.refresh()
    (batch,) = two.fetch("t", 1, base, bytes_max=ALL)
    assert (batch.base_offset, batch.keys, batch.values) == (base, *columns[:2])
    assert list(batch.timestamps) == columns[2]
    assert [tuple(map(tuple, one)) for one in batch.headers] == headers


def check_the_first_record_of_a_time_is_found(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    columns = [None] * 4, [b"1", b"2", b"3", b"4"], [50, 70, 60, 70]
    base = one.commit("", [], one.pack("t", 0, *columns)).bases[0]
    two.watch(["t"])
    two.refresh()
    found = [two.offset_at("t", 0, at, durable=True) for at in (0, 50, 51, 70, 71)]
    assert found == [(base, 50), (base, 50), (base + 1, 70), (base + 1, 70), None]
    one.delete_records("t", 0, base + 2)
    two.refresh()
    assert two.offset_at("t", 0, 51) == (base + 2, 60)


def check_offsets_are_dense_and_each_partition_has_its_own(make: Make) -> None:
    one = make()
    one.create_topic("t", 2, {})
    one.watch(["t"])
    start = one.start("t", 0)
    assert one.end("t", 0) == start
    assert write(one, "t", 0, [b"1", b"2"]) == start
    assert write(one, "t", 0, [b"3"]) == start + 2
    assert one.end("t", 0) == one.end("t", 0, durable=True) == start + 3
    assert one.end("t", 1) == one.start("t", 1)
    assert values(one, "t", 0, start + 1) == [b"2", b"3"]


def check_several_outputs_are_one_commit_and_each_is_told_its_base(make: Make) -> None:
    one = make()
    one.create_topic("t", 2, {})
    packed = [
        *one.pack("t", 0, [None], [b"1"], [0]),
        *one.pack("t", 1, [None], [b"2"], [0]),
        *one.pack("t", 0, [None], [b"3"], [0]),
    ]
    start = one.start("t", 0)
    assert list(one.commit("", [], packed).bases) == [start, one.start("t", 1), start + 1]
    assert values(one, "t", 0, start) == [b"1", b"3"]


def check_a_fetch_ends_at_its_limits_with_a_whole_batch(make: Make) -> None:
    one = make()
    one.create_topic("t", 1, {})
    start = one.start("t", 0)
    for number in range(5):
        write(one, "t", 0, [b"%d" % number] * 10)
    assert len(values(one, "t", 0, start)) == 50
    assert len(values(one, "t", 0, start, records_max=11)) == 20
    assert len(values(one, "t", 0, start, bytes_max=1)) == 10
    assert values(one, "t", 0, start + 50) == []


def check_what_is_durable_is_read_by_all(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    start = write(one, "t", 0, [b"1"])
    two.watch(["t"])
    two.refresh()
    assert two.end("t", 0, durable=True) == start + 1
    (batch,) = two.fetch("t", 0, start, bytes_max=ALL, durable=True)
    assert batch.values == [b"1"]


def check_what_cannot_be_written_is_refused_before(make: Make) -> None:
    one = make()
    one.create_topic("t", 1, {})
    with pytest.raises(Misuse, match="timestamp -1"):
        one.pack("t", 0, [None], [b"1"], [-1])
    with pytest.raises(Misuse, match="unequal length"):
        one.pack("t", 0, [None, None], [b"1"], [0])
    with pytest.raises(TooLarge, match=r"t\[0\]"):
        one.pack("t", 0, [b"key"], [bytes(one.commit_bytes)], [0])
    many = one.pack("t", 0, [None] * 10_000, [b"x" * 400] * 10_000, [0] * 10_000)
    assert sum(part.count for part in many) == 10_000
    with pytest.raises(TooLarge):
        one.commit("", [], many * (one.commit_bytes // sum(len(p.data) for p in many) + 1))
    assert one.end("t", 0) == one.start("t", 0)


# ---- marks


def check_a_mark_is_known_to_all_and_rises(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    before = one.mark
    packed = one.pack("t", 0, [None], [b"1"], [0])
    done = one.commit("", [], packed).mark
    assert done > before
    two.refresh()
    assert two.mark >= done
    for backend in (one, two):
        assert backend.knows(before)
        assert backend.knows(done)


def check_a_mark_of_another_history_is_not_known(make: Make) -> None:
    one = make()
    one.create_topic("t", 1, {})
    mark = one.mark
    assert not one.knows(Mark(mark.number, bytes(len(mark.proof))))
    assert not one.knows(Mark(mark.number + 1, mark.proof))


def check_who_follows_is_told_which_partitions_got_records(make: Make) -> None:
    one, two = make(), make()
    for name in ("t", "u", "other"):
        one.create_topic(name, 2, {})
    for backend in (one, two):
        backend.watch(["t", "u"])
        backend.refresh()
        backend.news()
    write(one, "t", 1, [b"a"])
    write(one, "t", 1, [b"b"])
    write(two, "u", 0, [b"c"])
    write(one, "other", 0, [b"nobody follows it"])
    for backend in (one, two):
        backend.refresh()
        assert sorted(backend.news()) == [("t", 1), ("u", 0)]
        assert not backend.news()


def check_all_follow_one_broker(make: Make) -> None:
    assert make().identity == make().identity


# ---- groups without tasks


def check_a_group_stands_where_it_committed_last(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    start = write(one, "t", 0, [b"1", b"2", b"3"])
    assert one.committed("g", "t", 0) is None
    assert next_offset(one, "g", "t", 0) == start
    one.commit("g", [TaskCommit("", 0, [("t", 0, start, start + 2)])], [])
    two.refresh()
    assert two.committed("g", "t", 0) == next_offset(two, "g", "t", 0) == start + 2
    assert two.committed("another", "t", 0) is None


def check_who_is_too_late_is_fenced_and_nothing_of_it_is_seen(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    start = write(one, "t", 0, [b"1", b"2"])
    move = [TaskCommit("", 0, [("t", 0, start, start + 1)])]
    two.refresh()
    one.commit("g", move, [])
    with pytest.raises(Fenced):
        two.commit("g", move, two.pack("t", 0, [None], [b"more"], [0]))
    assert two.end("t", 0) == start + 2
    assert two.committed("g", "t", 0) == start + 1


# ---- groups with tasks


def check_one_member_owns_every_task(make: Make) -> None:
    backend, membership = owner_of_all(make)
    assert membership.member
    for task, epoch in membership.owned().items():
        assert membership.assigned(task)
        owner = backend.owner("g", task)
        assert owner is not None
        assert owner.info["pid"] == 7
        assert backend.alive(owner)
        assert backend.owns("g", TaskCommit(task, epoch, []))
        assert not backend.owns("g", TaskCommit(task, epoch + 1, []))
    assert [one.id for one in backend.workers("g")] == [owner.id]
    assert backend.workers("another") == []


def check_a_task_stands_where_its_commits_left_it(make: Make) -> None:
    backend, membership = owner_of_all(make)
    start = write(backend, "in", 0, [b"1", b"2", b"3"])
    epoch = membership.owned()["s/0"]
    inputs = [("in", 0), ("in", 1)]
    fresh = backend.standing("g", "s/0", inputs)
    assert (dict(fresh.offsets), dict(fresh.position)) == ({}, {})
    first = TaskCommit("s/0", epoch, [("in", 0, start, start + 1)], {"a": 1, "b": 2})
    second = TaskCommit("s/0", epoch, [("in", 0, start + 1, start + 3)], {"b": 3})
    backend.commit("g", [first], backend.pack("out", 0, [None], [b"x"], [0]))
    backend.commit("g", [second], [])
    found = make().standing("g", "s/0", inputs)
    assert dict(found.offsets) == {("in", 0): start + 3}
    assert dict(found.position) == {"a": 1, "b": 3}
    assert dict(backend.standing("g", "s/1", inputs).position) == {}


def check_a_commit_of_one_who_lost_a_task_is_refused_as_a_whole(make: Make) -> None:
    backend, membership = owner_of_all(make)
    epoch = membership.owned()["s/0"]
    ends = backend.end("out", 0)
    good = TaskCommit("s/0", epoch, [], {"a": 1})
    lost = TaskCommit("s/1", epoch + 1, [], {"a": 1})
    with pytest.raises(Fenced):
        backend.commit("g", [good, lost], backend.pack("out", 0, [None], [b"x"], [0]))
    assert backend.end("out", 0) == ends
    assert dict(backend.standing("g", "s/0", []).position) == {}
    assert backend.owns("g", good)
    assert not backend.owns("g", lost)


def check_a_task_whose_offset_moved_is_not_owned_for_that(make: Make) -> None:
    backend, membership = owner_of_all(make)
    start = write(backend, "in", 0, [b"1", b"2"])
    told = TaskCommit("s/0", membership.owned()["s/0"], [("in", 0, start, start + 1)])
    assert backend.owns("g", told)
    backend.commit("g", [told], [])
    assert not backend.owns("g", told)


def check_members_share_and_hand_over(make: Make) -> None:
    one, first = owner_of_all(make)
    two = make()
    two.refresh()
    second = join(two)
    changes = first.changes
    settle((one, first), (two, second))
    assert first.changes != changes
    assert sorted(map(len, (first.owned(), second.owned()))) == [1, 2]
    assert set(first.owned()) | set(second.owned()) == set(TASKS)
    second.leave()
    two.close()
    settle((one, first))
    assert set(first.owned()) == set(TASKS)
    assert len(one.workers("g")) == 1


def check_a_group_may_have_more_tasks(make: Make) -> None:
    one, first = owner_of_all(make)
    two = make()
    two.refresh()
    second = join(two)
    settle((one, first), (two, second))
    epochs = {task: epoch for each in (first, second) for task, epoch in each.owned().items()}
    for membership in (first, second):
        membership.widen([*TASKS, "s/3", "s/4"], ["in", "out"])
        settle((one, first), (two, second))
    owned = {**first.owned(), **second.owned()}
    assert set(owned) == {*TASKS, "s/3", "s/4"}
    assert sorted(map(len, (first.owned(), second.owned()))) == [2, 3]
    assert {task: owned[task] for task in TASKS} == epochs, "what was owned stays where it is"


# ---- ways out


def check_what_is_skipped_is_no_more_for_anybody(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("in", 1, {})
    start = write(one, "in", 0, [b"%d" % number for number in range(5)])
    one.commit("g", [TaskCommit("", 0, [("in", 0, start, start + 2)])], [])
    one.watch(["in"])
    assert one.damaged("in", 0, start) is None
    one.skip("in", 0, start + 1, start + 3)
    two.refresh()
    assert dict(two.groups()["g"]) == {("in", 0): start + 3}
    assert values(two, "in", 0, start) == [b"0"]
    assert values(two, "in", 0, start + 1) == [b"3", b"4"]
    with pytest.raises(Misuse):
        one.skip("in", 0, start + 3, start + 9)


def check_a_group_is_reset_as_a_whole_once_nobody_of_it_lives(make: Make) -> None:
    backend, membership = owner_of_all(make)
    start = write(backend, "in", 0, [b"1", b"2", b"3"])
    epoch = membership.owned()["s/0"]
    told = TaskCommit("s/0", epoch, [("in", 0, start, start + 3)], {"a": 1})
    backend.commit("g", [told], [])
    backend.create_topic("own", 1, {}, "g")
    backend.register([], [("own", "store", schema_of("int"))])
    before = backend.mark
    with pytest.raises(Misuse):
        backend.reset("g", {("in", 0): None}, ["own"], "me")
    assert backend.mark == before
    assert backend.begun("g") == 0
    membership.leave()
    with pytest.raises(Misuse):
        backend.reset("g", {("in", 0): start + 9}, [], "me")
    with pytest.raises(Misuse):
        backend.reset("g", {}, ["in"], "me")
    backend.reset("g", {("in", 0): start + 1}, ["own"], "me")
    assert before.number < backend.begun("g") <= backend.mark.number
    other = make()
    other.refresh()
    assert other.committed("g", "in", 0) == start + 1
    assert dict(other.standing("g", "s/0", []).position) == {}
    assert "own" not in other.topics()
    with pytest.raises(UnknownTopic):
        other.topic("own")
    assert other.create_topic("own", 2, {}, "another").partitions == 2
    backend.refresh()
    assert backend.topic("own").partitions == 2
    assert backend.written_as("own", "store") == []
    backend.reset("g", {("in", 0): None}, [], "me")
    assert backend.committed("g", "in", 0) is None


# ---- ends


def check_closing_twice_is_no_error_and_the_others_go_on(make: Make) -> None:
    one, two = make(), make()
    one.create_topic("t", 1, {})
    one.close()
    one.close()
    two.refresh()
    assert write(two, "t", 0, [b"1"]) == two.start("t", 0)


def checks() -> dict[str, Callable[[Make], None]]:
    """Every check by its name."""
    return {name: found for name, found in globals().items() if name.startswith("check_")}
