"""Restores from topics that a janitor compacted: the rows are what they were, and nothing that was deleted comes back."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from streamz_core import App
from streamz_core.env.memory import MemoryEnv
from streamz_core.record import Batch
from streamz_core.runtime.state.changelog import FETCH_BYTES, Changelog, Progress, Restore
from streamz_core.runtime.state.statedir import numbers
from streamz_core.testing import AppTest
from streamz_state import StateCorrupt
from streamz_state.memory import MemoryDatabase
from tests.compacting import compact
from tests.runtime.state.test_sourced import ALL, CONTINUE, plain, send, some, table, teams
from tests.stores.opened import opened
from tests.stores.opened import plain as plain_store

POWER = {"durability": "power"}  # only what is durable is sealed
COMPACTED = {"cleanup.policy": "compact"}


def squeeze(t: AppTest) -> int:
    return compact(t._machine, f"{t._home}/log")


def keyed() -> App:
    """in -> the last value of each key, in a store -> out."""
    app = App("app")
    last = app.table(app.topic("in", key=str, value=str), materialized=True)
    last.to_stream().to("out")
    return app


def sent(t: AppTest, **rows: str | None) -> None:
    for key, value in rows.items():
        t.topic("in").send(key, value)


@pytest.mark.parametrize("settings", [{}, ALL])
def test_a_deleted_row_does_not_come_back(settings: dict[str, Any]) -> None:
    with keyed().test(**POWER, **settings) as t:
        sent(t, a="1", b="2")
        sent(t, a=None, c="3")
        assert squeeze(t) > 0
        squeeze(t)
        t.crash()
        t.restart()
        assert dict(t.store("in")) == {"b": "2", "c": "3"}
        sent(t, b=None, d="4")
        assert dict(t.store("in")) == {"c": "3", "d": "4"}


def test_state_that_missed_deletes_is_thrown_away(caplog: pytest.LogCaptureFixture) -> None:
    with keyed().test(stores="rocksdb", **POWER) as t:
        sent(t, a="1", b="2")
        t.crash()
        state = Path(t._home) / "state"
        shutil.copytree(state, Path(t._home) / "before")
        t.restart()
        sent(t, a=None, c="3")
        squeeze(t)
        sent(t, d="4")
        squeeze(t)
        t.crash()
        shutil.rmtree(state)
        shutil.copytree(Path(t._home) / "before", state)
        t.restart()
        assert dict(t.store("in")) == {"b": "2", "c": "3", "d": "4"}
    assert "deletes behind that were compacted away" in caplog.text


def test_state_that_heard_of_the_deletes_stays() -> None:
    with keyed().test(stores="rocksdb", **POWER) as t:
        sent(t, a="1", b="2")
        sent(t, a=None)
        squeeze(t)
        sent(t, c="3")
        squeeze(t)
        t.crash()
        t.restart()
        (task,) = t._workers[0].tasks.values()
        assert task.state.directory.endswith("/1")
        assert dict(t.store("in")) == {"b": "2", "c": "3"}


def test_a_restore_whose_deletes_go_meanwhile_begins_anew() -> None:
    backend = Topic([Batch(0, [b"a"], [b"1"], [0]), Batch(1, [b"b"], [b"2"], [0])])
    store = opened(plain_store(), MemoryDatabase())
    restore = Restore(
        backend, [Changelog(store, "t", 0, 0, horizon=9)], Progress(MemoryEnv(), "", "")
    )  # type: ignore[arg-type]
    backend.seen = 9
    assert restore.step() is not None, "they were gone before it began"
    backend.seen = 10
    with pytest.raises(
        StateCorrupt, match=r"deletes in t\[0\] from offset 1 on were compacted away"
    ):
        restore.step()


class Topic:
    """A backend of one batch a fetch; `seen`: its horizon."""

    def __init__(self, batches: list[Batch]) -> None:
        self.batches = batches
        self.seen = 0

    def end(self, *_: object) -> int:
        return self.batches[-1].next_offset

    def horizon(self, *_: object) -> int:
        return self.seen

    def fetch(self, topic: str, partition: int, offset: int, *, bytes_max: int) -> list[Batch]:
        assert (topic, partition, bytes_max) == ("t", 0, FETCH_BYTES)
        return [batch for batch in self.batches if batch.base_offset == offset]


@pytest.mark.parametrize("lives", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_a_table_comes_back_from_a_topic_that_is_compacted_as_it_was(
    seed: int, *, lives: bool
) -> None:
    """Also with records without keys, ones that cannot be read, ones that fail in a step."""
    chance = Random(seed)
    done = []
    with teams().test(stores="memory", workers=2, partitions=2, **POWER, **CONTINUE, **ALL) as t:

        def write(count: int) -> None:
            for record in some(chance, count):
                if record[0] is not None:  # topics that are compacted take none without a key
                    send(t, *record)
                    done.append(record)

        for _ in range(40):
            write(2)
            if chance.random() < 0.5:
                t.run()
            if lives and chance.random() < 0.3:
                squeeze(t)
            if chance.random() < 0.2:
                t.crash()
                write(3)
                squeeze(t)
                t.restart()
                assert table(t) == plain(done)
        t.run()
        squeeze(t)
        t.crash()
        t.restart()
        assert table(t) == plain(done)


def test_a_copy_of_a_global_table_that_missed_deletes_is_made_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App("app")
    names = app.global_table(app.topic("names", key=str, value=str, config=COMPACTED))
    app.stream(app.topic("in", key=str, value=str)).join(
        names, lambda line, name: f"{line}={name}", on=lambda line: line, value=str
    ).to("out")
    with app.test(stores="rocksdb", **POWER) as t:
        t.topic("names").send("a", "1")
        t.topic("names").send("b", "2")
        t.crash()
        t.topic("names").send("a", None, run=False)
        squeeze(t)
        t.topic("names").send("c", "3", run=False)
        squeeze(t)
        t.restart()
        assert dict(t.store("names")) == {"b": "2", "c": "3"}
        folder = f"{t._home}/state/app/@global/names"
        assert numbers(t._workers[0].env, folder) == [2]
    assert "deletes behind that were compacted away" in caplog.text
