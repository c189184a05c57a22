"""Rows that are over, of a task: whatever crashes, however far time jumps, and when a step fails that hears of it."""

from __future__ import annotations

from collections.abc import MutableMapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from streamz_core import App, expiring
from streamz_core.runtime.task import task as tasks
from streamz_core.stores.expiring import overlay
from tests.runtime.conftest import HOME, House, house_of

TTL = 100


def app(handler: str = "fail", materialized: Any = None) -> App:
    """in -> the last line of each key, gone after a ttl, and how many of a store there are -> out."""
    app = App("one", processing_exception_handler=handler)
    lines = app.table("in", key=str, value=str, materialized=materialized or expiring("100ms"))
    seen = app.store("seen", key=str, value=str, ttl="100ms")

    @lines.to_stream().flat_map_values(value=str, with_key=True, store=seen)
    def told(key: str, line: str | None, seen: MutableMapping[str, str]) -> list[str]:
        if line == "bad" or (line is None and key == "bad"):
            raise ValueError(key)
        if line is not None:
            seen[key] = line
        return [f"{key}={line} of {len(seen)}"]

    told.to("out")
    return app


def out(house: House) -> list[str]:
    return [line for _, line, _ in house.rows("out")]


LINES = [
    ("a", "1", 0),
    ("b", "2", 50),
    ("a", "3", 120),
    ("c", "4", 149),
    ("d", "5", 155),
    ("e", "6", 400),
]
OUT = [
    *("a=1 of 1", "b=2 of 2", "a=None of 1", "a=3 of 2", "c=4 of 3"),
    *("b=None of 2", "d=5 of 3", "a=None of 0", "c=None of 0", "d=None of 0", "e=6 of 1"),
]


@pytest.mark.parametrize("disk", [False, True])
@pytest.mark.parametrize("crash", range(len(LINES)))
@pytest.mark.parametrize("takeover", [False, True])
def test_who_starts_again_or_takes_over_goes_on(
    disk: bool, crash: int, takeover: bool, tmp_path: Path
) -> None:
    house = house_of(app(), home=str(tmp_path) if disk else HOME)
    house.worker()
    if takeover:
        house.worker()
    for at, line in enumerate(LINES):
        house.send("in", line)
        if at == crash:
            house.turn(wait_s=0)
            house.kill(next(one for one in house.workers if one.tasks or not takeover))
            if not takeover:
                house.worker()
        house.settle()
    assert out(house) == OUT


def test_a_jump_over_more_rows_than_a_commit_may_have_is_done_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlay, "COMMIT_ROWS", 7)
    monkeypatch.setattr(tasks, "EXPIRED_ROWS", 3)
    house = house_of(app())
    house.worker()
    for at in range(40):
        house.send("in", (f"{at:02}", "x", at))
    house.settle()
    house.backend.refresh()
    ends = [house.backend.end("one-in-changelog", 0)]
    house.send("in", ("z", "y", 10_000), ("y", "y", 10_001))
    for _ in range(100):
        house.turn()
        house.backend.refresh()
        ends.append(house.backend.end("one-in-changelog", 0))
    commits = [end - start for start, end in pairwise(ends) if end != start]
    gone = [f"{at:02}=None of 0" for at in range(40)]
    assert out(house)[40:] == [*gone, "z=y of 1", "y=y of 2"]
    assert sum(commits) == 42
    assert max(commits) == 3


def test_a_step_that_fails_when_it_hears_of_it_stops_the_app_with_the_place() -> None:
    house = house_of(app())
    house.worker()
    house.send("in", ("ok", "x", 1), ("bad", "x", 2))
    house.settle()
    house.send("in", ("c", "x", 500))
    with pytest.raises(ValueError, match="bad") as raised:
        house.settle()
    assert "at in time=500 node=told" in raised.value.__notes__[0]
    assert "skip such rows" in raised.value.__notes__[1]
    assert out(house) == ["ok=x of 1", "bad=x of 2", "ok=None of 0"]


def test_or_it_hears_nothing_of_that_row() -> None:
    house = house_of(app("continue"))
    house.worker()
    house.send("in", ("a", "x", 1), ("bad", "x", 2), ("c", "x", 3))
    house.settle()
    house.send("in", ("d", "x", 500), ("e", "bad", 501), ("f", "x", 502))
    house.settle()
    assert out(house)[3:] == ["a=None of 0", "c=None of 0", "d=x of 1", "f=x of 2"]
    assert house.workers[0].dropped() == {"error": 2}


def test_a_store_that_gets_a_ttl_keeps_its_rows_and_lets_the_old_ones_go(tmp_path: Path) -> None:
    """The changelog is the same: only the rows in the database lie elsewhere, and are restored."""
    house = house_of(app(materialized=True), home=str(tmp_path))
    house.worker()
    house.send("in", ("a", "1", 0), ("b", "2", 60))
    house.settle()
    house.workers.pop().close()
    house.job = house_of(app()).job
    house.worker()
    house.send("in", ("c", "3", 110))
    house.settle()
    assert out(house)[2:] == ["a=None of 1", "c=3 of 2"]
