"""Consumers of one group: each partition is one's, and goes to others with nothing lost and nothing moved twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Fenced, Misuse, OffsetOutOfRange, StorageFull
from streamz_core.log.records.ownership import OwnerRecord
from tests.broker.receiving.conftest import Crew

T = [("t", partition) for partition in range(4)]


def test_one_alone_has_everything_at_once(crew: Crew) -> None:
    one = crew.join()
    assert sorted(one.positions()) == T
    assert crew.told[0] == [], "listeners are called by poll"
    assert sorted(record.value for record in one.poll(0)) == [0, 1, 2, 3]
    assert crew.told[0] == [("assigned", T)]
    one.commit()
    assert one.committed("t", 3) == 1
    one.close()
    assert not crew.another().backend.log.state.members


def test_a_second_one_gets_half_and_nobody_reads_anything_twice(crew: Crew) -> None:
    one = crew.join()
    assert len(one.poll(0)) == 4
    one.commit()
    two = crew.join()
    assert two.positions() == {}, "the first has to give them"
    assert not two.at_end(), "some are to come"
    for partition in range(4):
        crew.write("t", partition, 10 + partition)
    found = crew.settle()
    assert sorted(found) == [10, 11, 12, 13]
    assert sorted(map(len, crew.parts())) == [2, 2]
    assert crew.all() == T
    gone = [parts for what, parts in crew.told[0] if what == "revoked"]
    assert gone == [crew.parts()[1]]
    assert crew.told[1] == [("assigned", crew.parts()[1])]
    assert two.at_end()


def test_what_was_not_committed_is_read_again_by_who_gets_it(crew: Crew) -> None:
    one = crew.join()
    one.poll(0)
    crew.join()
    assert sorted(crew.settle()) == [part for _, part in crew.parts()[1]]


def test_it_can_be_committed_before_it_goes(crew: Crew) -> None:
    one = crew.join(on_revoked=lambda consumer, parts: consumer.commit())
    one.poll(0)
    crew.join()
    assert crew.settle() == []
    assert all(one.committed(*where) == 1 for where in T)


def test_partitions_of_the_dead_are_taken_over(crew: Crew) -> None:
    one, two = crew.join(), crew.join()
    crew.settle()
    two.commit()
    crew.kill(one)
    assert len(crew.settle(two)) == 2, "what the dead one did not commit"
    assert sorted(two.positions()) == T


def test_who_leaves_gives_everything_to_the_others_at_once(crew: Crew) -> None:
    one, two = crew.join(), crew.join()
    crew.settle()
    one.commit()
    one.close()
    assert crew.told[0][-1] == ("revoked", crew.told[0][-1][1])
    two.poll(0)
    assert sorted(two.positions()) == T


def test_who_does_not_poll_loses_what_it_has_and_joins_again(crew: Crew) -> None:
    one, two = crew.join(max_poll_interval_ms=60_000), crew.join()
    crew.settle()
    had = crew.parts()[0]
    for _ in range(5):
        crew.machine.advance(20_000)
        two.poll(0)
    assert sorted(two.positions()) == T
    with pytest.raises(Fenced, match=r"went to another member.*nothing was committed; poll\(\)"):
        one.commit()
    one.poll(0)
    assert ("lost", had) in crew.told[0]
    crew.settle()
    assert sorted(map(len, crew.parts())) == [2, 2]
    one.commit()


def test_who_takes_long_is_waited_for_as_long_as_it_may(crew: Crew) -> None:
    """Kafka's rebalance timeout is max.poll.interval.ms, too."""
    one = crew.join()
    one.poll(0)
    two = crew.join()
    for _ in range(20):
        crew.machine.advance(10_000)
        assert two.poll(0) == []
    one.commit()
    crew.settle()
    assert sorted(map(len, crew.parts())) == [2, 2]


def test_each_gets_what_it_reads(crew: Crew) -> None:
    admin = Admin(crew.another())
    admin.create_topic("u", 2)
    one, two = crew.join(["t", "u"]), crew.join(["u"])
    crew.settle()
    assert crew.parts() == [T, [("u", 0), ("u", 1)]]
    two.close()
    crew.settle(one)
    assert sorted(one.positions()) == [*T, ("u", 0), ("u", 1)]


def test_topics_that_match_and_partitions_that_come_are_found(crew: Crew) -> None:
    one = crew.join(re.compile("t.*"), start="latest")
    two = crew.join(re.compile("t.*"), start="latest")
    assert crew.settle() == []
    admin = Admin(crew.another())
    admin.create_topic("tea", 2)
    admin.create_topic("coffee", 2)
    admin.alter_topic("t", partitions=5)
    for topic, partition in (("tea", 0), ("tea", 1), ("coffee", 0), ("t", 4)):
        crew.write(topic, partition, 7)
    assert crew.settle() == [7, 7, 7], "from their beginning, though others begin at the end"
    assert crew.all() == [*T, ("t", 4), ("tea", 0), ("tea", 1)]
    admin.delete_topic("tea", force=True)
    crew.settle()
    assert crew.all() == [*T, ("t", 4)]
    assert ("tea", 0) not in {**one.lag(), **two.lag()}


def test_what_comes_between_two_owners_is_not_left_out_though_they_begin_at_the_end(
    crew: Crew,
) -> None:
    """In Kafka the second one begins at another end."""
    one = crew.join(start="latest")
    assert one.poll(0) == []
    crew.kill(one)
    crew.write("t", 2, 12)
    two = crew.join(start="latest")
    assert crew.settle(two) == [12]


def test_where_it_begins_may_have_to_be_said(crew: Crew) -> None:
    one = crew.join(start="earliest")
    one.commit({("t", 0): 1})
    one.close()
    with pytest.raises(Misuse, match=r"no offset for t\[1\]"):
        crew.join(start="none")
    assert not crew.another().backend.log.state.members


# ---- names for life


def test_who_comes_again_under_its_name_has_what_it_had(crew: Crew) -> None:
    one, two = crew.join(member="a"), crew.join(member="b")
    crew.settle()
    before = crew.parts()
    two.commit()
    generation = crew.brokers[0].backend.log.state.group("g").generation
    crew.kill(two)
    crew.settle(one)
    again = crew.join(member="b")
    assert sorted(again.positions()) == before[1]
    assert crew.settle() == []
    assert crew.parts() == before
    assert crew.brokers[0].backend.log.state.group("g").generation == generation


@pytest.mark.parametrize("closed", [False, True])
def test_what_is_kept_for_a_name_goes_to_others_when_its_time_is_over(
    crew: Crew, closed: bool
) -> None:
    one, two = crew.join(member="a"), crew.join(member="b", session_timeout_ms=10_000)
    crew.settle()
    if closed:
        two.close()
        crew.brokers[1].close()
        crew.members.remove(two)
    else:
        crew.kill(two)
    crew.settle(one)
    assert len(one.positions()) == 2
    for _ in range(3):
        crew.machine.advance(6_000)
        one.poll(0)
    assert sorted(one.positions()) == T


def test_a_name_can_leave(crew: Crew) -> None:
    one, two = crew.join(), crew.join(member="b")
    crew.settle()
    two.close(leave=True)
    one.poll(0)
    assert sorted(one.positions()) == T


def test_of_two_of_a_name_the_older_one_is_fenced(crew: Crew) -> None:
    one = crew.join(member="a")
    one.poll(0)
    two = crew.join(member="a")
    assert sorted(two.positions()) == T
    with pytest.raises(Fenced):
        one.commit()
    for _ in range(2):
        with pytest.raises(Fenced, match="another process is its member 'a' now"):
            one.poll(0)
    assert crew.told[0][-1] == ("lost", T)
    one.close()
    assert two.poll(0)
    two.commit()


# ---- committing


def test_a_commit_of_some_moves_those_alone_also_back(crew: Crew) -> None:
    one = crew.join()
    one.poll(0)
    one.commit({("t", 1): 1})
    assert [one.committed(*where) for where in T] == [None, 1, None, None]
    one.seek("t", 1, 0)
    one.commit({("t", 1): 0})
    assert one.committed("t", 1) == 0
    with pytest.raises(Misuse, match=r"'t'\[9\] is not read here"):
        one.commit({("t", 9): 0})
    with pytest.raises(OffsetOutOfRange):
        one.commit({("t", 1): 9})


def test_a_transaction_with_what_was_consumed_is_one_commit_or_none(crew: Crew) -> None:
    """The producer has a handle of its own: the epochs say that it writes for who has the partitions."""
    broker = crew.another()
    Admin(broker).create_topic("out", 1)
    one = crew.join(max_poll_interval_ms=60_000)
    with Producer(broker, key=STR, value=INT) as producer:
        records = one.poll(0)
        with producer.transaction() as transaction:
            for record in records:
                transaction.send("out", record.value)
            transaction.consumed(one)
        assert all(one.committed(*where) == 1 for where in T)
        crew.write("t", 0, 10)
        (record,) = one.poll(0)
        two = crew.join()
        for _ in range(5):
            crew.machine.advance(20_000)
            two.poll(0)
        assert len(two.positions()) == 4
        late = producer.transaction()
        late.send("out", record.value)
        late.consumed(one)
        with pytest.raises(Fenced):
            late.commit()
    with Consumer(broker, ["out"], key=STR, value=INT) as reader:
        assert sorted(record.value for record in reader.poll(0)) == [0, 1, 2, 3]


def test_what_is_lost_while_a_transaction_is_written_is_fenced_by_the_chain(crew: Crew) -> None:
    one = crew.join()
    one.poll(0)
    tasks = one.tasks(one.moves())
    two = crew.join()
    crew.settle()
    two.commit()
    with pytest.raises(Fenced, match="is another member's by now"):
        crew.another().backend.commit("g", tasks, [])


# ---- who may


def test_others_do_not_move_the_offsets_of_a_group_that_lives(crew: Crew) -> None:
    one = crew.join()
    by_hand = crew.join([("t", 0)], on_assigned=None, on_revoked=None, on_lost=None)
    by_hand.poll(0)
    with pytest.raises(Fenced, match=r"group g has members \(pid \d+\), and they alone move"):
        by_hand.commit()
    with pytest.raises(Misuse, match="has living members"):
        Admin(crew.another()).reset_offsets("g", {("t", 0): 1})
    crew.kill(one)
    by_hand.commit()
    assert by_hand.committed("t", 0) == 1
    Admin(crew.another()).reset_offsets("g", {("t", 0): 0})


def test_an_app_and_consumers_are_not_one_group(crew: Crew) -> None:
    log = crew.another().backend.log
    log.join([], "shop", {"outline": {}})
    with pytest.raises(Misuse, match="group shop is an app's"):
        crew.join(group="shop")
    log.append(lambda _: OwnerRecord("shop", "s/0", log.incarnation, 1))
    log.leave()
    with pytest.raises(Misuse, match="group shop is an app's"):
        crew.join(group="shop")
    one = crew.join()
    one.close()
    worker = crew.another().backend.membership("g", ["s/0"], ["t"], {"outline": {}}, 60_000)
    with pytest.raises(Misuse, match="g is a group of consumers"):
        worker.join()


def test_a_broker_is_a_member_once(crew: Crew) -> None:
    broker = crew.another()
    options: dict[str, Any] = {"key": STR, "value": INT}
    one = Consumer(broker, ["t"], group="g", **options)
    for group in ("g", "h"):
        with pytest.raises(Misuse, match=r"a member of the group g already.*app\.consumer\(\)"):
            Consumer(broker, ["t"], group=group, **options)
    with Consumer(broker, ["t"], **options) as beside:
        assert len(beside.poll(0)) == 4
    assert broker.backend.log.state.members, "who reads beside does not speak for it"
    one.close()
    with Consumer(broker, ["t"], group="h", **options) as two:
        assert len(two.poll(0)) == 4


@pytest.mark.parametrize(
    "topics, options, match",
    [
        (["t", ("t", 0)], {}, "read whoever else does"),
        ([("t", 0)], {"member": "a"}, "are for those who share"),
        (["t"], {"group": None, "on_lost": print}, "are for those who share"),
        (["t"], {"group": None, "commit": "auto"}, "commit='auto' needs a group"),
        (["t"], {"commit": "often"}, "it can be 'manual' or 'auto'"),
        (["t"], {"member": 5}, "member is 5"),
        (["t"], {"on_lost": 5}, "on_lost is 5"),
        (["t"], {"max_poll_interval_ms": 0}, "max_poll_interval_ms is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(crew: Crew, topics, options, match) -> None:
    told = {"group": "g", **options}
    with pytest.raises((Misuse, TypeError), match=match):
        Consumer(crew.another(), topics, key=STR, value=INT, **told)


# ---- listeners that fail, disks that are full


def test_a_listener_that_fails_keeps_nobody_from_what_is_theirs(crew: Crew) -> None:
    def fail(_: object, __: object) -> None:
        raise ZeroDivisionError

    one = crew.join(on_revoked=fail)
    one.poll(0)
    two = crew.join()
    two.poll(0)
    with pytest.raises(ZeroDivisionError):
        one.poll(0)
    two.poll(0)
    assert sorted(map(len, crew.parts())) == [2, 2]
    assert one.poll(0) == []
    one.commit()


def test_who_has_partitions_reads_on_though_the_group_cannot_be_looked_after(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = crew.join()
    one.poll(0)

    def full(_: object) -> None:
        raise StorageFull("no room")

    crew.write("t", 0, 10)
    monkeypatch.setattr(crew.brokers[0].backend.log, "append", full)
    crew.machine.advance(200)
    crew.join()
    assert [record.value for record in one.poll(0)] == [10]


# ---- by hand and one by one


def test_a_pause_gives_nothing_and_keeps_the_partition(crew: Crew) -> None:
    one = crew.join()
    one.pause([("t", 0), ("t", 1)])
    assert sorted(record.value for record in one.poll(0)) == [2, 3]
    assert one.paused() == {("t", 0), ("t", 1)}
    assert one.lag() == {("t", 0): 1, ("t", 1): 1, ("t", 2): 0, ("t", 3): 0}
    one.resume([("t", 0)])
    assert [record.value for record in one.poll(0)] == [0]
    with pytest.raises(Misuse, match="is not read here"):
        one.pause([("t", 7)])
    crew.join()
    crew.settle()
    assert one.paused() <= set(one.positions()), "what goes is not paused any more"


def test_one_by_one_it_stands_behind_the_last(crew: Crew) -> None:
    one = crew.join()
    given = [next(one).value for _ in range(3)]
    one.commit()
    assert sum(one.committed(*where) or 0 for where in T) == 3
    crew.join()
    rest = crew.settle()
    assert sorted(given + rest) == [0, 1, 2, 3]


def test_what_was_read_ahead_of_a_partition_that_goes_is_not_given(crew: Crew) -> None:
    for partition in range(4):
        crew.write("t", partition, 10 + partition)
    one = crew.join(on_revoked=lambda consumer, parts: consumer.commit())
    found = [next(one).value]
    two = crew.join()
    two.poll(0)
    crew.machine.advance(200)
    found.append(next(one).value)  # it looks after the group, and gives some back
    for _ in range(4):
        found += [record.value for record in two.poll(0)]
        found += [record.value for record in one.poll(0)]
    assert sorted(found) == [0, 1, 2, 3, 10, 11, 12, 13]


def test_who_seeks_and_pauses_while_it_gives_one_by_one_goes_there(crew: Crew) -> None:
    crew.write("t", 0, 10)
    one = crew.join([("t", 0)], on_assigned=None, on_revoked=None, on_lost=None)
    assert next(one).value == 0
    assert one.position("t", 0) == 1
    one.seek("t", 0, 0)
    assert [next(one).value, next(one).value] == [0, 10]
    one.seek("t", 0, 0)
    next(one)
    one.pause([("t", 0)])
    assert one.poll(0) == []
    one.resume([("t", 0)])
    assert [batch[2].base_offset for batch in one.poll_batches(0)] == [1]


# ---- topics that come, go, and come again


def test_a_topic_that_is_made_is_found_though_nothing_else_changes(crew: Crew) -> None:
    one = crew.join(re.compile("t.*"))
    crew.settle()
    Admin(crew.another()).create_topic("tea", 1)
    crew.write("tea", 0, 7)
    assert crew.settle() == [7]
    assert ("tea", 0) in one.positions()


@pytest.mark.parametrize("shared", [True, False])
def test_a_topic_that_is_made_anew_is_read_from_its_beginning(
    crew: Crew, shared: bool, caplog: pytest.LogCaptureFixture
) -> None:
    nobody: dict[str, Any] = dict.fromkeys(("on_assigned", "on_revoked", "on_lost"))
    one = crew.join(start="latest") if shared else crew.join(T, start="latest", **nobody)
    crew.settle()
    admin = Admin(crew.another())
    admin.delete_topic("t", force=True)
    admin.create_topic("t", 4)
    crew.write("t", 1, 20, 21, 22)
    assert crew.settle() == [20, 21, 22]
    assert "topic t was deleted, and made anew" in caplog.text
    one.commit()
    assert one.committed("t", 1) == 3
    if shared:
        assert [what for what, _ in crew.told[0]] == ["assigned", "lost", "assigned"]
