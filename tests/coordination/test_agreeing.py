"""Which programs may share the tasks of one app, and what the one that came second is told."""

from __future__ import annotations

import pytest

from streamz_core.coordination.agreeing import Outline, check_agreed, differing
from streamz_core.errors import Misuse


def part(reads: str = "in", keeps: str = "", writes: str = "out") -> dict[str, list[str]]:
    return {"reads": reads.split(), "keeps": keeps.split(), "writes": writes.split()}


COUNT: Outline = {"total": part(keeps="total")}

DIFFERENT = {
    "a topic": (
        {"total": part(reads="other", keeps="total")},
        "only this one reads topic other, only the other one reads topic in",
    ),
    "a topic more": (
        {"total": part(reads="in users", keeps="total")},
        "only this one reads topic users",
    ),
    "a store more": (
        {"total": part(keeps="total last seen")},
        "only this one keeps stores last, seen",
    ),
    "both": (
        {"sums": part(reads="other", keeps="sums")},
        (
            "only this one reads topic other, only the other one reads topic in, and only this one "
            "keeps store sums, only the other one keeps store total"
        ),
    ),
    "results that go elsewhere": (
        {"total": part(keeps="total", writes="elsewhere")},
        "only this one writes topic elsewhere, only the other one writes topic out",
    ),
    "the name of a part": (
        {"count": part(keeps="total")},
        "this one divides its steps into count (in, total), the other one into total (in, total)",
    ),
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_programs_that_cannot_share_tasks_are_told_apart_by_what_differs(what: str) -> None:
    other, said = DIFFERENT[what]
    assert differing(other, COUNT) == said


@pytest.mark.parametrize("writes", ["out", "out audit", ""])
def test_a_version_that_writes_more_or_less_may_come_while_the_old_one_runs(writes: str) -> None:
    assert not differing({"total": part(keeps="total", writes=writes)}, COUNT)
    assert not differing(COUNT, {"total": part(keeps="total", writes=writes)})


def test_the_second_one_is_told_who_both_are() -> None:
    mine = {"pid": 2, "outline": {"in": part(reads="other")}}
    with pytest.raises(Misuse) as told:
        check_agreed("shop", mine, [{"pid": 1, "outline": COUNT}])
    assert str(told.value).startswith(
        "process 1 runs another program as app shop, and this one, process 2, cannot share its work: only this"
    )
    assert str(told.value).endswith("give one of the two another name, or end the other one first")


def test_two_of_one_process_are_told_so() -> None:
    mine = {"pid": 1, "outline": {"in": part(reads="other")}}
    with pytest.raises(Misuse, match=r"^this process runs another program as app shop"):
        check_agreed("shop", mine, [{"pid": 1, "outline": COUNT}])


def test_another_version_is_noted_and_who_says_nothing_is_passed_over() -> None:
    mine = {"pid": 2, "outline": {"total": part(keeps="total", writes="out audit")}}
    assert check_agreed("shop", mine, [{"pid": 3}, mine]) == []
    (note,) = check_agreed("shop", mine, [{"pid": 1, "outline": COUNT}])
    assert note.startswith(
        "process 1 runs another version of app shop: only this one writes topic audit; which"
    )
