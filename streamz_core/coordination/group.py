"""What a member of a group does next, from what the chain says: a table of cases, no side effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from streamz_core.coordination.assignment import Wanted, assign


@frozen
class View:
    """One group at one commit, as the member `me` sees it. Owners b"": released. `wanted`: what each member may have, if
    not everything.
    """

    me: bytes
    tasks: tuple[str, ...]
    members: tuple[bytes, ...]
    assignment: Mapping[str, bytes]
    owners: Mapping[str, bytes]
    wanted: Wanted | None = None


@frozen
class Steps:
    """What to propose now. `await_release`: assigned to me, still owned by a living member."""

    assignment: Mapping[str, bytes] | None
    claim: Sequence[str]
    release: Sequence[str]
    await_release: Sequence[str]


def steps(view: View) -> Steps:
    """The next records this member should propose; any member may propose a new assignment."""
    fresh = _new_assignment(view)
    plan = view.assignment if fresh is None else fresh
    mine = [task for task in view.tasks if plan.get(task) == view.me]
    free = [task for task in mine if view.owners.get(task, b"") not in view.members]
    held = [task for task in mine if view.owners.get(task, b"") in _others(view)]
    give = [
        task
        for task, owner in view.owners.items()
        if owner == view.me and plan.get(task) != view.me and _had(view, plan, task)
    ]
    return Steps(fresh, free, give, held)


def _had(view: View, plan: Mapping[str, bytes], task: str) -> bool:
    """Whether it is another's by now, or nobody's though all that is wanted is in the plan."""
    return task in plan or view.wanted is not None


def _others(view: View) -> set[bytes]:
    return set(view.members) - {view.me}


def _new_assignment(view: View) -> Mapping[str, bytes] | None:
    """An assignment over the members there are, if the one on the chain is for others."""
    if view.me not in view.members:
        return None
    previous = {**view.owners, **view.assignment}
    if view.wanted is not None:
        fresh = assign(view.tasks, view.members, previous, view.wanted)
        return None if fresh == view.assignment else fresh
    right_tasks = set(view.assignment) == set(view.tasks)
    right_members = set(view.assignment.values()) <= set(view.members)
    spread = min(len(view.members), len(view.tasks)) == len(set(view.assignment.values()))
    if right_tasks and right_members and spread:
        return None
    return assign(view.tasks, view.members, previous)
