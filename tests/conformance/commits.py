"""Cases of a record cache in commits of several records: each has the last values of what was recorded."""

from __future__ import annotations

from random import Random

from tests.conformance.batches import batches
from tests.conformance.build import build
from tests.conformance.cases import Case, Json, Spec
from tests.conformance.compare import canonical
from tests.conformance.drive import Run, pieces
from tests.conformance.shape import hops

PATH_MATTERS = frozenset({"group_by", "suppress", "join", "fk_join", "merge", "to_stream"})
"""Ops whose results follow from every change that comes to them (fewer changes, other results), or that give
rows other keys."""

Shown = dict[str, tuple[Json, int | None]]
"""By topic, key and window of a record: its value and timestamp, but that of a delete, which is the time of the
record that came last."""


def comparable(case: Case) -> bool:
    """Whether what a commit of several records puts out follows from what was recorded, one by one."""
    kinds = {node["op"] for node in case.nodes}
    return case.cached and not hops(case) and not kinds & PATH_MATTERS


def in_commits(case: Case, seed: int) -> tuple[list[Shown], list[Shown]]:
    """What each commit should have put out, and did; a crash behind one of them."""
    chance = Random(f"{case.name} {seed}")
    cut = pieces(batches(case), chance)
    crash_behind = chance.randrange(len(cut) + 1)
    built = build(case, each=False)
    found: list[Shown] = []
    with built.app.test() as driver:
        run = Run(case, built, driver)
        for at, piece in enumerate(cut):
            seen = len(run.outputs)
            run.batches([piece], crash_behind=0 if at == crash_behind else -1)
            found.append(_last(run.outputs[seen:]))
            assert len(found[-1]) == len(run.outputs) - seen, "a row goes on once a commit"
    return _expected(case, [len(piece) for piece in cut]), found


def _expected(case: Case, sizes: list[int]) -> list[Shown]:
    """The last of what was recorded for the inputs of each commit, as far as it is news."""
    known: Shown = {}
    found, start = [], 0
    for size in sizes:
        span = range(start, start + size)
        start += size
        told = _last([each for each in case.outputs_expected if each["after"] in span])
        news = {
            place: change
            for place, change in told.items()
            if change[0] is not None or known.get(place, (None, 0))[0] is not None
        }
        known |= news
        found.append(news)
    return found


def _last(outputs: list[Spec]) -> Shown:
    return {
        canonical([each["topic"], each["key"], each.get("window")]): (
            each["value"],
            None if each["value"] is None else each["ts"],
        )
        for each in outputs
    }
