"""A worker's part in its group: join, see who died, propose assignments, claim and release tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streamz_core.broker.progress import Progress
from streamz_core.coordination.agreeing import check_agreed
from streamz_core.coordination.group import Steps, View, steps
from streamz_core.coordination.seats import POLL_MS
from streamz_core.env.door import Env
from streamz_core.errors import Misuse
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import GenerationRecord, OwnerRecord, ReleaseRecord
from streamz_core.log.records.state import Member, State

logger = logging.getLogger("streamz.group")

LOOK_S = 0.1  # how often the locks of the others are tried
FORCE_S = 5.0  # a living owner that does not release is not waited for longer


class Membership:
    """One member; see backend.Membership. `info` is published in its member record."""

    insists = False  # whether what is to be released is told in each step until it is
    called = "worker"  # what people call one

    def __init__(  # noqa: PLR0913 - what a member says of itself
        self,
        log: Log,
        env: Env,
        group: str,
        tasks: Sequence[str],
        topics: Sequence[str],
        info: Mapping[str, Any],
        max_poll_interval_ms: int,
        at: Callable[[], object] | None = None,
    ) -> None:
        self._log = log
        self._env = env
        self._group = group
        self._tasks = tuple(sorted(tasks))
        self._topics = topics
        self._info = info
        self._met = False  # whether the others were looked at since this one joined
        self._seen_moves = -1
        self._look_s = 0.0
        self._wait_since: dict[str, float] = {}
        self._progress = Progress(env, log.layout, max_poll_interval_ms / 1000, at)

    @property
    def group(self) -> str:
        """Whose member it is."""
        return self._group

    @property
    def member(self) -> bool:
        """Whether the chain says that this worker is a member."""
        return self._log.incarnation in self._log.state.members

    def join(self) -> None:
        """Become a member, again if the others took this worker for dead. Misuse while another program is one."""
        self._met = False
        self._say()
        while not self._progress.begin(self._log.incarnation):
            self._say()  # its file was removed: with another one
        self._seen_moves = -1

    def step(self) -> list[str]:
        """Look after the group, at most a few records: propose, claim. The tasks that are to be released."""
        now_s = self._env.monotonic()
        self._progress.beat(now_s)
        if now_s >= self._look_s:
            self._look_s = now_s + LOOK_S
            self._bury(now_s)
        if self._log.state.moves == self._seen_moves and not self._wait_since:
            return []
        self._seen_moves = -1  # until all is said
        moves = self._log.state.moves
        found = steps(self._view(self._log.state))
        if found.assignment is not None:
            self._propose()
            found = steps(self._view(self._log.state))
        self._claim([*found.claim, *self._overdue(found, now_s)])
        self._seen_moves = -1 if found.release and self.insists else moves
        return list(found.release)

    def beat(self) -> None:
        """Show the others that this worker gets on."""
        self._progress.beat(self._env.monotonic())

    @property
    def changes(self) -> int:
        """A number that differs whenever a member, an assignment or an owner changed."""
        return self._log.state.moves

    def owned(self) -> dict[str, int]:
        """The tasks that are this worker's by the chain, with their epochs."""
        me, owners = self._log.incarnation, self._log.state.group(self._group).owners
        return {task: owner.epoch for task, owner in owners.items() if owner.incarnation == me}

    def assigned(self, task: str) -> bool:
        """Whether the task is to be this worker's."""
        wanted = self._log.state.group(self._group).assignment.get(task)
        return wanted == self._log.incarnation and task in self._tasks

    def owners(self) -> set[str]:
        """The tasks that are a living member's, whoever it is."""
        owners, members = self._log.state.group(self._group).owners, self._log.state.members
        living = {one for one in members if one == self._log.incarnation or self._log.alive(one)}
        return {task for task, owner in owners.items() if owner.incarnation in living}

    def release(self, task: str) -> None:
        """Say that this worker closed the task."""
        me = self._log.incarnation

        def make(state: State) -> ReleaseRecord | None:
            record = ReleaseRecord(self._group, task, me)
            return None if record.refuse(state) else record

        self._log.append(make)
        self._ring()

    def widen(self, tasks: Sequence[str], topics: Sequence[str]) -> None:
        """The group has these tasks from now on, and this worker is to be woken for these topics."""
        self._tasks, self._topics = tuple(sorted(tasks)), topics
        self._seen_moves = -1
        if self.member:
            self._say()

    def leave(self) -> None:
        """Say goodbye: the others take over at once."""
        self._log.leave()
        self._ring()
        self.abandon()

    def abandon(self) -> None:
        """Show no progress any more."""
        self._progress.end()

    def _say(self) -> None:
        """Be a member that is so. Who is one already is asked when the record is chained: of two programs that come
        at once the second one is refused.
        """

        def check(state: State) -> None:
            if state.group(self._group).shares:
                raise Misuse(
                    f"{self._group} is a group of consumers: an app of that name would move its offsets; give the app "
                    "another name, or delete the group (streamz groups delete)"
                )
            check_agreed(self._group, self._info, (one.info for one in self._fellows(state)))

        self._log.join(self._topics, self._group, dict(self._info), check)

    def _fellows(self, state: State) -> list[Member]:
        """The other members that live."""
        me, alive = self._log.incarnation, self._log.alive
        others = (one for one in state.members_of(self._group) if one.incarnation != me)
        return [one for one in others if alive(one.incarnation)]

    # ---- proposals

    def _view(self, state: State) -> View:
        group = state.group(self._group)
        members = tuple(
            sorted(m.incarnation for m in state.members.values() if m.group == self._group)
        )
        owners = {task: owner.incarnation for task, owner in group.owners.items()}
        return View(self._log.incarnation, self._tasks, members, group.assignment, owners)

    def _propose(self) -> None:
        def make(state: State) -> GenerationRecord | None:
            found = steps(self._view(state))
            if found.assignment is None:
                return None
            number = state.group(self._group).generation + 1
            return GenerationRecord(self._group, number, dict(found.assignment))

        if self._log.append(make) is not None:
            self._ring()

    def _claim(self, tasks: Sequence[str]) -> None:
        """Own these tasks, those that are still to be had."""
        for task in tasks:
            self._claim_one(task)

    def _claim_one(self, task: str) -> None:
        me = self._log.incarnation

        def make(state: State) -> OwnerRecord | None:
            group = state.group(self._group)
            owner = group.owners.get(task)
            if group.assignment.get(task) != me or me not in state.members:
                return None
            if owner is not None and owner.incarnation == me:
                return None
            return OwnerRecord(self._group, task, me, (owner.epoch if owner else 0) + 1)

        self._log.append(make)

    def _overdue(self, found: Steps, now_s: float) -> list[str]:
        """Tasks whose owner was given its time to release them."""
        self._wait_since = {task: self._wait_since.get(task, now_s) for task in found.await_release}
        late = [task for task, since in self._wait_since.items() if now_s - since > FORCE_S]
        for task in late:
            logger.warning("%s was not released in %.0f s: taken over", task, FORCE_S)
            del self._wait_since[task]
        return late

    # ---- life and death

    def _bury(self, now_s: float) -> None:
        """Members whose lock is free are dead; those that make no progress are treated so."""
        members = self._log.state.members
        self._progress.forget_all_but(members)
        others = [
            member
            for member in members.values()
            if member.incarnation != self._log.incarnation and member.group == self._group
        ]
        dead = [member for member in others if self._log.gone(member)]
        still = [member for member in others if member not in dead and self._stalled(member, now_s)]
        buried = [member for member in dead if self._log.leave(member.incarnation)]
        if buried:
            self._tell_dead(buried)
        for member in still:
            logger.warning(
                "%s makes no progress: it is with one record for longer than max.poll.interval.ms, or stands "
                "still; what it has is taken over",
                _told(self.called, [member]),
            )
            self._log.leave(member.incarnation)
        self._met = True

    def _stalled(self, member: Member, now_s: float) -> bool:
        """Whether it made no progress for longer than it may, which it says itself if others may something else."""
        said = member.info.get(POLL_MS)
        stall_s = said / 1000 if isinstance(said, int) else None
        return self._progress.stalled(member.incarnation, now_s, stall_s)

    def _tell_dead(self, dead: list[Member]) -> None:
        """Those that were dead when this one came are an earlier run, of which this one is the answer."""
        if self._met:
            for member in dead:
                logger.warning(
                    "%s is dead: what it had is taken over", _told(self.called, [member])
                )
        else:
            logger.info(
                "an earlier run of %s ended by a failure or was killed (%s): this one goes on where it stood",
                self._group,
                _told(self.called, dead),
            )

    def _ring(self) -> None:
        for member in list(self._log.state.members.values()):
            if member.group == self._group and member.incarnation != self._log.incarnation:
                self._env.ring(member.address)


def _told(called: str, members: Sequence[Member]) -> str:
    """Members as people find them: by their processes."""
    return f"{called}{'s' * (len(members) > 1)} {', '.join(map(_process, members))}"


def _process(member: Member) -> str:
    """Its process, if it says that; else what it is called on the log."""
    pid = member.info.get("pid")
    return member.incarnation.hex()[:8] if pid is None else f"with pid {pid}"
