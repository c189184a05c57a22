"""The worker's turns: what is committed when, and what is left when something fails."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from streamz_core.app import App
from streamz_core.env.memory import MemoryEnv, MemoryFile, MemoryMachine
from streamz_core.errors import CodecError, Misuse, TooLarge
from streamz_core.record import Record
from streamz_core.runtime.state.reading import stopped
from tests.runtime.conftest import House, OnDisk, counting, house_of


class Full(MemoryEnv):
    """A process that finds the disk full whenever a test says so."""

    def __init__(self, machine: MemoryMachine) -> None:
        super().__init__(machine)
        self.full = False

    def open(self, path: str, *, write: bool = False) -> MemoryFile:
        file = super().open(path, write=write)
        if write:
            for name in ("append", "pwrite"):
                setattr(file, name, self.refusing(getattr(file, name)))
        return file

    def refusing(self, call):  # type: ignore[no-untyped-def]
        def refuse(*arguments: object) -> object:
            if self.full:
                raise OSError(errno.ENOSPC, "full")
            return call(*arguments)

        return refuse


def test_a_full_disk_pauses_and_nothing_is_lost_or_doubled(house: House) -> None:
    env = Full(house.machine)
    worker = house.worker(env)
    house.settle()
    for step in range(3):
        house.send("in", ("a", "x", step), ("b", "y", step))
        env.full = True
        house.turn(3)
        house.send("in", ("a", "z", step))
        house.turn(10)
        env.full = False
        house.settle()
        assert list(worker.tasks) == ["total/0"]
    counts = [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("a", 3),
        ("b", 2),
        ("a", 4),
        ("a", 5),
        ("b", 3),
        ("a", 6),
    ]
    assert house.counts() == counts


def test_a_full_disk_pauses_also_who_has_to_speak_to_the_group(house: House) -> None:
    env = Full(house.machine)
    worker, other = house.worker(env), house.worker()
    house.settle()
    house.kill(other)
    env.full = True
    house.turn(10)
    env.full = False
    house.send("in", ("a", "x", 1))
    house.settle()
    assert list(worker.tasks) == ["total/0"]
    assert house.counts() == [("a", 1)]


# ---- records that fail


def failing(kind: str, handler: str) -> App:
    """Each record leaves something in a store before the step that fails for one of them."""
    app = App("fragile", processing_exception_handler=handler)
    lines = app.stream("in", key=str, value=str)
    store = app.store("kept", key=str, value=str)

    @lines.map_values(value=str, store=store, with_key=True)
    def noted(key: str, line: str, kept: dict[str, str]) -> str:
        kept[key] = line
        return line

    noted.to("notes")
    if kind in ("raise", "type", "size"):

        @noted.group_by_key().aggregate(initial=str, value=str)
        def total(text: str, line: str) -> str:
            if line != "bad":
                return text + line
            if kind == "raise":
                raise ValueError(line)
            return 5 if kind == "type" else "x" * (1 << 21)  # type: ignore[return-value]

    elif kind == "output":

        @noted.map_values(value=str)
        def long(line: str) -> str:
            return "x" * (1 << 21) if line == "bad" else line

        long.to("out")
    else:

        @noted.process(key=str, value=str)
        def early(record: Record[str, str], _: object) -> Iterator[Record[str, str]]:
            yield record.with_timestamp(-1) if record.value == "bad" else record

        early.to("out")
    return app


KINDS = {
    "raise": ValueError,
    "type": CodecError,
    "size": Misuse,
    "output": Misuse,
    "time": Misuse,
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_came_before_a_record_that_fails_is_committed_and_nothing_of_it(kind: str) -> None:
    house = house_of(failing(kind, "fail"))
    house.worker()
    house.settle()
    house.send("in", ("a", "1", 1), ("b", "bad", 2), ("c", "3", 3))
    with pytest.raises(KINDS[kind]) as raised:
        house.settle()
    assert "at in[0]@1 key='b'" in raised.value.__notes__[0]
    assert house.rows("notes") == [("a", "1", 1)]
    assert house.backend.committed("fragile", "in", 0) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_that_fails_can_be_skipped(kind: str) -> None:
    house = house_of(failing(kind, "continue"))
    worker = house.worker()
    house.settle()
    house.send("in", ("a", "1", 1), ("b", "bad", 2), ("c", "3", 3))
    house.settle()
    house.send("in", ("b", "4", 4))
    house.settle()
    assert house.rows("notes") == [("a", "1", 1), ("c", "3", 3), ("b", "4", 4)]
    assert [row[:2] for row in house.rows("fragile-kept-changelog")] == [
        ("a", "1"),
        ("c", "3"),
        ("b", "4"),
    ]
    assert worker.dropped() == {"error": 1}


# ---- more than one commit can hold


def spreading() -> App:
    """in -> each line as often as it says -> out."""
    app = App("spread")
    lines = app.stream("in", key=str, value=str)

    @lines.flat_map_values(value=str)
    def copies(line: str) -> Iterator[str]:
        count, _, text = line.partition(":")
        for number in range(int(count)):
            yield f"{text}{number}"

    copies.to("out")
    return app


@pytest.mark.parametrize("copies", [1, 40])
def test_what_is_too_large_for_one_commit_is_done_in_several(copies: int) -> None:
    house = house_of(spreading(), log_commit_bytes=1 << 16)
    house.worker()
    house.settle()
    text = "x" * 1000
    for number in range(10):
        rows = [(f"k{number}", f"{copies}:{text}", at) for at in range(20)]
        house.send("in", *rows)
    house.settle()
    expected = [f"{text}{number}" for number in range(copies)] * 200
    assert [value for _, value, _ in house.rows("out")] == expected


def test_a_record_whose_results_never_fit_is_named(house: House) -> None:
    house = house_of(spreading(), log_commit_bytes=1 << 16)
    house.worker()
    house.settle()
    house.send("in", ("a", "1:x", 1), ("b", "100:" + "x" * 1000, 2), ("c", "1:x", 3))
    with pytest.raises(TooLarge) as raised:
        house.settle()
    assert raised.value.__notes__[0] == "at in[0]@1 key='b' node=copies.to task=in/0"
    assert [row[0] for row in house.rows("out")] == ["a"]


# ---- the end of it all means that the stores stand, too


@pytest.mark.parametrize("left", ["closed", "killed"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_an_app_without_its_state_restores_it_before_it_ends(
    tmp_path: Path, workers: int, left: str
) -> None:
    house = house_of(counting(), partitions=2, home=str(tmp_path))
    house.worker()
    house.send("in", ("a", "1", 1), ("b", "2", 2))
    house.send("in", ("c", "3", 3), partition=1)
    house.settle()
    (worker,) = house.workers
    if left == "killed":
        house.kill(worker)
    else:
        worker.close()
        house.workers.clear()
    shutil.rmtree(tmp_path / "state")
    made = [house.worker() for _ in range(workers)]
    assert not any(one.finished for one in made), "nothing is open yet"
    while house.workers:
        house.turn()
        for one in [one for one in house.workers if one.finished]:
            one.close()
            house.workers.remove(one)
    house.backend.refresh()
    for partition, count in ((0, 2), (1, 1)):
        plan, sub = house.job.plan, house.job.subs["total"]
        env = OnDisk(house.machine)
        with stopped(plan, env, house.backend, str(tmp_path), sub, partition, "total") as found:
            assert found.behind == 0
            assert len(list(found.rows.all())) == count


def test_it_sleeps_as_soon_as_nothing_is_left_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One record, two hops: a round for the first, one for the second, and one that commits it when the time between two
    commits is over. Nothing sleeps between the hops but that.
    """
    app = App("hops")

    @app.stream("in", key=str, value=str).group_by
    def by_line(line: str) -> str:
        return line

    by_line.count(name="lines").to("out")
    house = house_of(app)
    worker = house.worker()
    house.settle()
    house.machine.waited_s += 0.05
    house.send("in", ("a", "x", 1))
    seen: list[str] = []
    commit, refresh = worker.commit, worker.backend.refresh

    def wait(timeout_s: float) -> None:
        seen.append("sleep" if timeout_s > 0.01 else "pause")
        house.machine.waited_s += timeout_s

    monkeypatch.setattr(worker.backend, "wait", wait)
    monkeypatch.setattr(worker.backend, "refresh", lambda: seen.append("round") or refresh())
    monkeypatch.setattr(worker, "commit", lambda: seen.append("commit") or commit())
    worker.run(lambda: "sleep" in seen)
    rounds = seen[: seen.index("sleep")]
    assert rounds == ["round", "commit", "round", "pause", "round", "commit"]
    assert house.counts() == [("x", 1)]
