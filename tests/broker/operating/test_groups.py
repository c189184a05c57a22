"""Groups as they are described, moved and forgotten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.groups import plan_offsets
from streamz_core.broker.operating.targets import first, latest, shifted_by
from streamz_core.codecs.plain import INT, STR
from streamz_core.coordination.agreeing import OUTLINE
from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Misuse, UnknownTopic

Another = Callable[[], Broker]


@pytest.fixture
def read(broker: Broker) -> Admin:
    """Topic t with 3 and 2 records, of which group g read 2 and 2."""
    admin = Admin(broker)
    admin.create_topic("t", 2)
    send(broker, 0, 3)
    send(broker, 1, 2)
    group = broker.transaction("g")
    group.move("t", 0, 0, 2)
    group.move("t", 1, 0, 2)
    group.commit()
    return admin


def send(broker: Broker, partition: int, count: int) -> None:
    transaction = broker.transaction()
    values = [INT.encode(number) for number in range(count)]
    transaction.send("t", partition, [b"k"] * count, values, list(range(count)))
    transaction.commit()


def test_where_a_group_of_consumers_stands(read: Admin) -> None:
    assert read.groups() == ["g"]
    found = read.describe_group("g")
    assert (found.kind, found.state, found.members, found.lag) == ("consumers", "empty", (), 1)
    rows = [(one.topic, one.partition, one.committed, one.end, one.lag) for one in found.parts]
    assert rows == [("t", 0, 2, 3, 1), ("t", 1, 2, 2, 0)]
    with pytest.raises(Misuse, match=r"there is no group 'h' \(groups: g\)"):
        read.describe_group("h")
    with pytest.raises(TypeError, match="named by text"):
        read.describe_group(7)  # type: ignore[arg-type]


def test_an_app_is_told_with_its_tasks_and_who_has_them(
    machine: MemoryMachine, broker: Broker, another: Another
) -> None:
    admin = Admin(broker)
    admin.create_topic("in", 2)
    worker = another().backend
    info = {"pid": 7, OUTLINE: {"count": {"reads": ["in"], "keeps": [], "writes": []}}}
    member = worker.membership("app", ["count/0", "count/1"], ["in"], info, 1000)
    member.join()
    assert admin.groups() == ["app"]
    assert (admin.describe_group("app").kind, admin.describe_group("app").parts) == ("app", ())
    member.step()
    found = admin.describe_group("app")
    assert (found.state, len(found.members)) == ("stable", 1)
    parts = [(one.topic, one.partition, one.committed, one.lag) for one in found.parts]
    assert parts == [("in", 0, None, None), ("in", 1, None, None)]
    assert {one.member and one.member.info["pid"] for one in found.parts} == {7}
    member.release("count/1")
    assert admin.describe_group("app").state == "rebalancing"
    member.leave()
    assert admin.describe_group("app").state == "empty"
    with pytest.raises(Misuse, match="group app is an app's, whose state goes with its offsets"):
        admin.reset_offsets("app", {("in", 0): 0})
    with pytest.raises(Misuse, match="group app is an app's"):
        admin.delete_group("app")


def test_a_group_goes_on_where_it_is_told(read: Admin, broker: Broker) -> None:
    wanted = plan_offsets(broker.backend, "g", shifted_by(-1))
    assert wanted == {("t", 0): (2, 1), ("t", 1): (2, 1)}
    some = plan_offsets(broker.backend, "g", latest, {"t": [0]})
    assert some == {("t", 0): (2, 3)}
    assert plan_offsets(broker.backend, "g", first, {"t": []}) == {
        ("t", 0): (2, 0),
        ("t", 1): (2, 0),
    }
    read.reset_offsets("g", {("t", 0): 0, ("t", 1): None})
    found = read.describe_group("g")
    assert [(one.partition, one.committed) for one in found.parts] == [(0, 0)]
    with Consumer(broker, ["t"], key=STR, value=INT, group="g") as consumer:
        assert len(consumer.poll(0)) == 5


def test_where_it_cannot_go(read: Admin, broker: Broker) -> None:
    for offsets, match in (
        ({("t", 0): 4}, r"t\[0\] has the offsets 0 to 3, not 4"),
        ({("t", 2): 0}, "t has partitions 0 to 1, not 2"),
        ({("t", 0): -1}, "it has to be 0 or more"),
        (
            {("t", 0): 1 << 63},
            r"the offset for t\[0\] is 9223372036854775808; it has to be .* at most",
        ),
    ):
        with pytest.raises(Misuse, match=match):
            read.reset_offsets("g", offsets)
    with pytest.raises(UnknownTopic):
        plan_offsets(broker.backend, "g", first, {"u": []})
    assert read.describe_group("g").lag == 1


def test_while_a_member_lives_nothing_is_moved(read: Admin, another: Another) -> None:
    backend = another().backend
    member = backend.membership("g", [], ["t"], {"pid": 9}, 1000)
    member.join()
    assert read.describe_group("g").state == "stable"
    for change in (
        lambda: read.reset_offsets("g", {("t", 0): 0}),
        lambda: read.delete_group("g"),
    ):
        with pytest.raises(Misuse, match=r"group g has living members \(pid 9\): end them first"):
            change()
    member.leave()
    read.delete_group("g")
    assert read.groups() == []


@pytest.mark.parametrize(
    "offsets, match",
    [
        ((), r"offsets are \(\); they have to be a dict"),
        ({"t": 0}, r"'t' is no \(topic, partition\)"),
        ({("t", 0): "x"}, "has to be a whole number"),
        ({("t", "0"): 0}, "the partition of t is '0'"),
        ({(7, 0): 0}, "a topic is named by text"),
    ],
)
def test_what_is_no_offset_is_told(read: Admin, offsets: Any, match: str) -> None:
    with pytest.raises(TypeError, match=match):
        read.reset_offsets("g", offsets)


def test_members_that_share_are_told_with_what_each_has(read: Admin, another: Another) -> None:
    options: dict[str, Any] = {"key": STR, "value": INT, "group": "g"}
    with Consumer(another(), ["t"], member="a", **options) as one:
        found = read.describe_group("g")
        assert (found.kind, found.state, len(found.members)) == ("consumers", "stable", 1)
        with Consumer(another(), ["t"], **options) as two:
            for _ in range(2):
                one.poll(0)
                two.poll(0)
            found = read.describe_group("g")
            assert sorted(map(found.of, found.members)) == [["t[0]"], ["t[1]"]]
            assert all(part.member in found.members for part in found.parts)
            assert found.tasks == {}
        found = read.describe_group("g")
        assert found.state == "rebalancing", "one has not looked yet"
        assert [part.member is None for part in found.parts].count(True) == 1
        one.poll(0)
        assert read.describe_group("g").state == "stable"
    found = read.describe_group("g")
    assert (found.state, found.kind) == ("stable", "consumers"), (
        "its process lives, and what it had is kept for its name"
    )
