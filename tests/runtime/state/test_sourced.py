"""The topic of a table as its changelog: rows come back as they were, whatever failed or was passed over."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streamz_core import App, Misuse, expiring, memory, versioned
from streamz_core.runtime.state.sourced import changelog_span
from streamz_core.stores.kinds import kind_of
from streamz_core.testing import AppTest
from streamz_core.topic_config import config_of

ALL = {"topology_optimization": "all"}
CONTINUE = {
    "deserialization_exception_handler": "continue",
    "processing_exception_handler": "continue",
}


def teams(**said: Any) -> App:
    """users -> how many are in each team, which old values tell; a user of team "bad" fails there."""
    app = App("app")
    users = app.table("users", key=str, value=str, **said)
    users.group_by(team, key=str).count(name="sizes").to_stream().to("out")
    return app


def team(user: str) -> str:
    if user == "bad":
        raise ValueError(user)
    return user


def send(t: AppTest, key: bytes | None, value: bytes | None, partition: int = 0) -> None:
    """Whatever bytes, as a stranger may write them; a topic that is compacted takes none without a key."""
    t._broker.backend.refresh()
    topics = t._broker.backend.topics()
    if key is None and "users" in topics and config_of(topics["users"].config).compacts:
        return
    transaction = t._broker.transaction()
    transaction.send("users", partition, [key], [value], [0])
    transaction.commit()


def some(chance: Random, count: int) -> list[tuple[bytes | None, bytes | None, int]]:
    """Rows, deletes, records without keys, ones that cannot be read, ones that fail in a step."""
    keys = [b"a", b"b", b"c", b"d", None, b"\xff"]
    values = [b"red", b"red", b"blue", b"green", None, b"bad", b"\xff"]
    return [(chance.choice(keys), chance.choice(values), chance.randrange(2)) for _ in range(count)]


def plain(records: list[tuple[bytes | None, bytes | None, int]]) -> dict[str, str]:
    """The rows of the table by a plain loop."""
    rows: dict[tuple[bytes, int], str] = {}
    for key, value, partition in records:
        if key is None or b"\xff" in (key, value) or value == b"bad":
            continue
        if value is None:
            rows.pop((key, partition), None)
        else:
            rows[key, partition] = value.decode()
    return {f"{key.decode()}{partition}": value for (key, partition), value in rows.items()}


def table(t: AppTest) -> dict[str, str]:
    """The rows in both partitions."""
    found = {}
    for worker in t._workers:
        for task in worker.tasks.values():
            if (held := task.state.find("users")) is not None:
                rows = kind_of(held[0]).rows(*held).all()
                found |= {f"{row[0]}{task.name[-1]}": row[1] for row in rows}
    return found


@pytest.mark.parametrize("stores", ["memory", "rocksdb", "lost"])
@pytest.mark.parametrize("seed", range(2))
def test_rows_and_results_are_those_of_a_changelog_of_its_own(stores: str, seed: int) -> None:
    chance = Random(f"{stores}{seed}")
    records = some(chance, 60)
    results = []
    for settings in ({}, ALL):
        again = Random(seed)
        kept = "memory" if stores == "memory" else "rocksdb"
        with teams().test(stores=kept, workers=2, partitions=2, **CONTINUE, **settings) as t:
            for record in records:
                send(t, *record)
                if again.random() < 0.4:
                    t.run()
                if again.random() < 0.15:
                    t.crash(None if again.random() < 0.5 else 0)
                    if stores == "lost" and not t._workers:
                        shutil.rmtree(Path(t._home) / "state", ignore_errors=True)
                    t.restart()
            t.run()
            t.crash()
            if stores == "lost":
                shutil.rmtree(Path(t._home) / "state")
            t.restart()
            assert table(t) == plain(records)
            out = [(one.key, one.value, one.partition) for one in t.topic("out").records()]
            results.append((sorted(out), dict(t.store("sizes"))))
            changelogs = [name for name in t._workers[0].backend.topics() if "changelog" in name]
            assert ("app-users-changelog" in changelogs) == (not settings)
    assert results[0] == results[1]


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_what_is_not_committed_is_no_row(stores: str) -> None:
    with teams().test(stores=stores, **ALL) as t:
        t.topic("users").send("a", "red")
        t.topic("users").send("a", "blue", run=False)
        (worker,) = t._workers
        worker.backend.refresh()
        worker.turn()
        t.crash()
        send(t, b"b", b"red")
        t._workers.clear()
        t.restart()
        assert dict(t.store("users")) == {"a": "blue", "b": "red"}
        assert dict(t.store("sizes")) == {"red": 1, "blue": 1}


def test_what_is_in_the_database_is_not_read_again() -> None:
    with teams().test(stores="rocksdb", **ALL) as t:
        t.topic("users").send("a", "red")
        t.topic("users").send("b", "blue")
        (task,) = (task for task in t._workers[0].tasks.values() if task.state.find("users"))
        assert task.state.disk is not None
        position = task.state.disk.position
        assert position is not None
        assert position.changelog == {"users": 2}


def test_rows_begin_where_the_task_began() -> None:
    with teams(offset_reset="latest", materialized=True).test(**ALL) as t:
        t.topic("users").send("a", "red", run=False)
        t.crash()
        t.restart()
        t.topic("users").send("b", "blue")
        t.crash()
        t.restart()
        assert dict(t.store("users")) == {"b": "blue"}
        (worker,) = t._workers
        assert worker.backend.standing("app", "users/0", ()).position["begin:users"] == 1


def test_the_place_of_a_record_that_is_no_more_is_used_again() -> None:
    with teams().test(**ALL, **CONTINUE) as t:
        send(t, b"a", b"bad")
        send(t, b"b", b"bad")
        t.run()
        backend = t._workers[0].backend
        position = backend.standing("app", "users/0", ()).position
        assert {name: at for name, at in position.items() if name.startswith("skipped:")} == {
            "skipped:users#0": 0,
            "skipped:users#1": 1,
        }
        t._broker.backend.skip("users", 0, 0, 1)
        send(t, b"c", b"bad")
        t.run()
        position = backend.standing("app", "users/0", ()).position
        assert (position["skipped:users#0"], position["skipped:users#1"]) == (2, 1)
        assert "skipped:users#2" not in position
        t.crash()
        t.restart()
        assert dict(t.store("users")) == {}


def test_a_topic_that_is_made_for_it_is_compacted_and_another_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with teams().test(**ALL) as t:
        assert t._workers[0].backend.topic("users").config == {"cleanup.policy": "compact"}
        assert not caplog.messages
        t.crash()
    app = teams()
    with app.test() as t:
        t.crash()
        t._job = app.job({**ALL, "durability": "process", "topic_partitions": 1}, t._process())
        t.restart()
        assert any(
            "users is the changelog of store users and is not compacted" in one
            for one in caplog.messages
        )


def switched(before: dict[str, str], after: dict[str, str], rows: int = 1, **said: Any) -> AppTest:
    """A test whose app ran with some settings and begins again with others."""
    app = teams()
    t: AppTest = app.test(**before)
    for number in range(rows):
        t.topic("users").send(f"k{number}", "red")
    t.crash()
    other = teams(**said)
    t._job = other.job({**after, "durability": "process", "topic_partitions": 1}, t._process())
    return t


@pytest.mark.parametrize(
    "before, after, said, told",
    [
        (
            {},
            ALL,
            {},
            "rows of store users are in app-users-changelog, and topology.optimization=all",
        ),
        (ALL, {}, {}, "rows of store users are in topic users, which was its changelog"),
        (ALL, ALL, {"timestamp": lambda record, time: 7}, "users, which was its changelog"),
    ],
)
def test_it_is_not_switched_on_or_off_by_the_way(
    before: Any, after: Any, said: Any, told: str
) -> None:
    with switched(before, after, **said) as t, pytest.raises(Misuse, match=told):
        t.restart()


def test_an_app_that_has_no_rows_may_be_switched_on() -> None:
    with switched({}, ALL, rows=0) as t:
        t.restart()
        t.topic("users").send("a", "red")
        t.crash()
        t.restart()
        assert dict(t.store("users")) == {"a": "red"}


@pytest.mark.parametrize(
    "said",
    [
        {"timestamp": lambda record, time: 7},
        {"materialized": versioned("1h")},
        {"materialized": expiring("1h")},
        {"emit": "changes", "materialized": True},
    ],
    ids=["time", "versions", "ttl", "changes"],
)
def test_rows_that_are_not_just_what_the_topic_says_have_a_changelog(said: Any) -> None:
    job = teams(**said).job(ALL)
    assert job.plan.sourced == {}
    assert job.plan.changelog("users") == "app-users-changelog"
    assert teams().job(ALL).plan.sourced == {"users": "users"}
    assert teams(materialized=memory(), name="people").job(ALL).plan.sourced == {"people": "users"}
    assert teams().job().plan.sourced == {}


def test_what_a_stopped_store_lacks_is_counted_up_to_what_is_committed() -> None:
    with teams().test(**ALL) as t:
        t.topic("users").send("a", "red")
        t.topic("users").send("b", "red", run=False)
        backend = t._broker.backend
        backend.refresh()
        assert backend.end("users", 0) == 2
        assert changelog_span(t._job.plan, backend, "users", 0, {}) == (0, 1)
        assert changelog_span(t._job.plan, backend, "users", 0, {"users": 1}) == (1, 1)
        assert changelog_span(t._job.plan, backend, "sizes", 0, {})[1] == 1


def test_a_table_of_fewer_partitions_than_its_task_reads_besides() -> None:
    app = App("app")
    users = app.table("users", key=str, value=str, materialized=True)
    users.to_stream().merge(app.stream("more", key=str, value=str)).to("out")
    with app.test(**ALL) as t:
        t.crash()
        t._broker.backend.create_topic("wide", 3, {})
    app = App("app")
    users = app.table(app.topic("users", key=str, value=str, partitions=1), materialized=True)
    more = app.stream(app.topic("more", key=str, value=str, partitions=3))
    users.to_stream().merge(more).to("out")
    with app.test(**ALL) as t:
        t.topic("users").send("a", "red")
        t.topic("more").send("b", "blue", partition=2)
        t.crash()
        t.restart()
        assert dict(t.store("users")) == {"a": "red"}
        assert len(t.topic("out").records()) == 2
