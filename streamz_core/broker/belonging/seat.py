"""A consumer's part in a group that shares partitions: a membership whose tasks follow from what its members read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streamz_core.broker.membership import Membership
from streamz_core.coordination.agreeing import OUTLINE
from streamz_core.coordination.group import Steps, View, steps
from streamz_core.coordination.seats import STATIC, seat_of
from streamz_core.env.door import Env
from streamz_core.errors import Fenced, Misuse
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import ShareRecord
from streamz_core.log.records.state import State

Where = tuple[str, int]


def task_of(where: Where) -> str:
    """What a partition is called among the tasks of a group that shares."""
    return f"{where[0]}/{where[1]}"


def where_of(task: str) -> Where:
    """The partition that is called so."""
    topic, _, partition = task.rpartition("/")
    return topic, int(partition)


class Seat(Membership):
    """One member. Its tasks are the partitions of the topics that somebody of the group reads.

    A living owner is waited for until it gives back what is another's by now: it does so at its next poll, or is taken
    for dead when that does not come in time.
    """

    insists = True
    called = "member"

    def __init__(  # noqa: PLR0913 - what a member says of itself
        self,
        log: Log,
        env: Env,
        group: str,
        topics: Sequence[str],
        info: Mapping[str, Any],
        max_poll_interval_ms: int,
    ) -> None:
        super().__init__(log, env, group, (), topics, info, max_poll_interval_ms)

    @property
    def named(self) -> bool:
        """Whether what it has is kept for its name when it goes."""
        return STATIC in self._info

    def join(self) -> None:
        """Become a member, again if it was thrown out. Misuse if the group is an app's."""
        before = [one for one in self._same_name() if not self._log.alive(one)]
        super().join()
        for incarnation in before:
            self._log.leave(incarnation)  # what it left lies about

    def check(self) -> None:
        """Fenced if another process is the static member of this one's name."""
        if not self.member and self._same_name():
            raise Fenced(
                f"group {self._group}: another process is its member {self._info[STATIC]!r} now, and this one may "
                "not go on: of a name there is one"
            )

    def where(self, task: str) -> Where:
        """The partition that the task is."""
        return where_of(task)

    def task(self, where: Where) -> str:
        """What the partition is called among the tasks."""
        return task_of(where)

    def assigned(self, task: str) -> bool:
        """Whether the task is to be this one's."""
        me = seat_of(self._log.incarnation, self._info)
        return self._log.state.group(self._group).assignment.get(task) == me

    def give(self, tasks: Sequence[str]) -> None:
        """Give these back, those that are still this one's."""
        me = self._log.incarnation

        def make(state: State) -> ShareRecord | None:
            owners = state.group(self._group).owners
            mine = [task for task in tasks if task in owners and owners[task].incarnation == me]
            return ShareRecord(self._group, me, [], mine) if mine else None

        if self._log.append(make) is not None:
            self._ring()

    def reads(self, topics: Sequence[str]) -> None:
        """From now on it reads these topics."""
        self.widen((), topics)

    @property
    def settled(self) -> bool:
        """Whether everything is as it is to be, as far as this one is concerned."""
        found = steps(self._view(self._log.state))
        waits = found.claim or found.release or found.await_release
        return self.member and found.assignment is None and not waits

    def _same_name(self) -> list[bytes]:
        """Others that are the static member of its name: one at most."""
        name, me = self._info.get(STATIC), self._log.incarnation
        members = self._log.state.members_of(self._group) if name else []
        return [
            one.incarnation
            for one in members
            if one.info.get(STATIC) == name and one.incarnation != me
        ]

    # ---- what another kind of tasks means

    def _say(self) -> None:
        def check(state: State) -> None:
            apps = state.group(self._group).apps
            apps = apps or any(one.owner == self._group for one in state.topics.values())
            if apps or any(OUTLINE in one.info for one in self._fellows(state)):
                raise Misuse(
                    f"group {self._group} is an app's: its offsets move with its tasks only; give the consumers a "
                    "group of another name"
                )

        self._log.join(self._topics, self._group, dict(self._info), check)

    def _view(self, state: State) -> View:
        group, members = state.group(self._group), state.members_of(self._group)
        seats = {one.incarnation: seat_of(one.incarnation, one.info) for one in members}
        wanted = {seats[one.incarnation]: frozenset(one.topics) for one in members}
        names = sorted(name for name in set().union(*wanted.values()) if name in state.names)
        tasks = [
            f"{name}/{partition}"
            for name in names
            for partition in range(state.names[name].partitions)
        ]
        owners = {task: seats.get(one.incarnation, b"") for task, one in group.owners.items()}
        me = seat_of(self._log.incarnation, self._info)
        ordered = tuple(sorted(wanted))
        return View(me, tuple(tasks), ordered, group.assignment, owners, wanted)

    def _claim(self, tasks: Sequence[str]) -> None:
        """Own these, in one record."""
        if not tasks:
            return
        me = self._log.incarnation

        def make(state: State) -> ShareRecord | None:
            found = steps(self._view(state)) if me in state.members else None
            if found is None or found.assignment is not None or not found.claim:
                return None
            return ShareRecord(self._group, me, list(found.claim), [])

        self._log.append(make)

    def _overdue(self, found: Steps, now_s: float) -> list[str]:  # noqa: ARG002 - as of a worker
        """None: a living owner is waited for."""
        return []
