"""Whom a commit wakes: those who read one of the partitions that it wrote to, and nobody beside them.

A ring is a hint. Whoever was not woken looks by himself within 100 ms; so what is asked here may be
a little behind, but not expensive: it is asked for every commit.
"""

from __future__ import annotations

from collections.abc import Iterable

from streamz_core.log.log import Log
from streamz_core.log.records.state import Member

WHOLE = (
    "whole"  # in a member's info: topics of which it reads every partition, whatever its tasks are
)


class Bells:
    """The addresses to be rung for each partition, as members and owners are; this process is not among them."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._moves = -1
        self._known: dict[tuple[str, int], frozenset[str]] = {}

    def ring(self, touched: Iterable[tuple[str, int]]) -> None:
        """Wake the members that read one of these (topic, partition)."""
        moves = self._log.state.moves
        if self._moves != moves:
            self._known.clear()
            self._moves = moves
        rung: set[str] = set()
        for where in touched:
            found = self._known.get(where)
            if found is None:
                found = self._known[where] = frozenset(self._whom(*where))
            rung |= found
        for address in sorted(rung):  # a run of the simulator is the same each time
            self._log.env.ring(address)

    def _whom(self, topic: str, partition: int) -> Iterable[str]:
        me = self._log.incarnation
        for member in self._log.state.members.values():
            wants = topic in member.topics and member.incarnation != me
            if wants and self._reads(member, topic, partition):
                yield member.address

    def _reads(self, member: Member, topic: str, partition: int) -> bool:
        """Workers read the partitions of their tasks, whose names end with them; all others any."""
        group = self._log.state.group(member.group)
        owners = group.owners
        if not owners or topic in member.info.get(WHOLE, ()):
            return True
        if group.shares:
            owner = owners.get(f"{topic}/{partition}")
            return owner is not None and owner.incarnation == member.incarnation
        return any(
            owner.incarnation == member.incarnation and task.rpartition("/")[2] == str(partition)
            for task, owner in owners.items()
        )
