"""What a member does next, case by case."""

from __future__ import annotations

from streamz_core.coordination.group import View, steps

ME, OTHER, DEAD = b"me", b"other", b"dead"
TASKS = ("a/0", "a/1")


def view(assignment: dict[str, bytes], owners: dict[str, bytes], *members: bytes) -> View:
    return View(ME, TASKS, members or (ME, OTHER), assignment, owners)


def test_the_first_member_proposes_and_claims_everything() -> None:
    found = steps(view({}, {}, ME))
    assert found.assignment == {"a/0": ME, "a/1": ME}
    assert list(found.claim) == ["a/0", "a/1"]


def test_a_settled_group_does_nothing() -> None:
    both = {"a/0": ME, "a/1": OTHER}
    found = steps(view(both, both))
    assert found.assignment is None
    assert [*found.claim, *found.release, *found.await_release] == []


def test_a_newcomer_gets_a_share_and_waits_for_its_owner() -> None:
    all_other = dict.fromkeys(TASKS, OTHER)
    found = steps(view(all_other, all_other))
    assert found.assignment is not None
    mine = [task for task, member in found.assignment.items() if member == ME]
    assert len(mine) == 1
    assert list(found.await_release) == mine
    assert not found.claim


def test_the_owner_releases_what_is_now_another_members() -> None:
    owners = dict.fromkeys(TASKS, ME)
    found = steps(view({"a/0": ME, "a/1": OTHER}, owners))
    assert list(found.release) == ["a/1"]
    assert not found.claim


def test_tasks_of_the_dead_are_claimed_at_once() -> None:
    owners = {"a/0": ME, "a/1": DEAD}
    found = steps(view(owners, owners, ME))
    assert found.assignment == {"a/0": ME, "a/1": ME}
    assert list(found.claim) == ["a/1"]


def test_released_tasks_are_claimed() -> None:
    found = steps(view({"a/0": ME, "a/1": OTHER}, {"a/0": b"", "a/1": OTHER}))
    assert list(found.claim) == ["a/0"]


def test_new_partitions_are_assigned() -> None:
    found = steps(View(ME, ("a/0", "a/1", "a/2"), (ME,), {"a/0": ME, "a/1": ME}, {}))
    assert found.assignment is not None
    assert set(found.assignment) == {"a/0", "a/1", "a/2"}


def test_who_is_no_member_proposes_nothing() -> None:
    assert steps(view({}, {}, OTHER)).assignment is None
