"""State that is not what the app needs now: which of its stores changed, and how."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core import App, memory, tumbling
from streamz_core.runtime.job import Job, task_name
from streamz_core.runtime.state.differing import differing
from streamz_core.runtime.state.state import numbered
from streamz_core.runtime.state.statedir import fingerprint
from streamz_core.topology.nodes import StoreSpec
from streamz_core.topology.subtopologies import SubTopology
from streamz_state import Position
from tests.runtime.conftest import House


def job(*, retention: str = "1h", second: str = "count", types: type = int) -> Job:
    """An app with a store of windows, one in memory, and one of another name."""
    app = App("shop", home="/nowhere", durability="process")
    keyed = app.stream("in", key=str, value=int).group_by_key()
    windows = keyed.window(tumbling("1m"))
    windows.aggregate(
        lambda so_far, new: so_far, initial=types, name="hits", value=types, retention=retention
    )
    keyed.count(name=second)
    keyed.count(name="brief", materialized=memory())
    return app.job({"log_free_bytes": 0, "topic_partitions": 1})


def stores(made: Job) -> tuple[SubTopology, list[StoreSpec]]:
    (sub,) = made.plan.subs
    return sub, [spec for _, spec in numbered(sub)]


@pytest.fixture
def here() -> House:
    """Where the first version of the app ran."""
    made = House(job())
    made.worker()
    made.backend.refresh()
    return made


def told(here: House, now: Job, then: list[StoreSpec] | None = None) -> str:
    """How the state that the first version left differs from what this one needs."""
    sub, before = stores(here.job)
    before = then or before
    held = {spec.name: 3 for spec in before if not spec.memory}
    made = fingerprint(here.backend.identity, task_name(sub.name, 0), before)
    found, specs = stores(now)
    explain = differing(here.backend, now.plan, task_name(found.name, 0), specs)
    return explain(Position(1, bytes(16), made, held, b""))


def test_a_retention_is_named_with_both_lengths(here: House) -> None:
    assert told(here, job(retention="3h")) == (
        "keeps store hits for 3600000 ms, and the app now says 10800000 ms (what expired by the old word "
        "stays gone)"
    )


def test_stores_that_came_and_went_are_named(here: House) -> None:
    assert told(here, job(second="total")) == (
        "keeps stores count, hits, and the app now has stores hits, total there"
    )
    only = [spec for spec in stores(here.job)[1] if spec.name == "hits"]
    assert (
        told(here, job(), only) == "keeps store hits, and the app now has stores count, hits there"
    )


def test_what_else_it_may_be_is_said_if_it_is_neither(here: House) -> None:
    assert "other types or windows" in told(here, job(types=float))
    then = [evolve(spec, retention_ms=spec.retention_ms + 7) for spec in stores(here.job)[1]]
    assert "other types or windows" in told(here, job(), then)
