"""Records about members: processes that come and go."""

from __future__ import annotations

from typing import Any, ClassVar

import msgpack
from attrs import define

from streamz_core.coordination.seats import STATIC
from streamz_core.log.records import fields
from streamz_core.log.records.chained import Chained
from streamz_core.log.records.state import Member, Owner, State


@define
class MemberRecord(Chained):
    """A process is there: where it can be woken, for which topics; `group` "" for none. If `info` says that it is the
    static member of a name, another process that was that one is no member any more.
    """

    kind: ClassVar[int] = 3
    name: ClassVar[str] = "MEMBER"
    incarnation: bytes
    address: str
    topics: list[str]
    group: str
    info: dict[str, Any]

    def pack(self) -> bytes:
        body = [self.incarnation, self.address, self.topics, self.group, self.info]
        return bytes(msgpack.packb(body))

    def check(self) -> str:
        why = fields.incarnation(self.incarnation) or fields.text("an address", self.address)
        why = why or fields.text("a group", self.group) or fields.mapping("info", self.info)
        if not why and type(self.topics) is not list:
            why = "its topics are no list"
        for title in () if why else self.topics:
            why = why or fields.text("a topic", title)
        return why

    def apply(self, state: State) -> None:
        name = self.info.get(STATIC) if self.group else None
        for one in state.members_of(self.group) if name else ():
            if one.info.get(STATIC) == name and one.incarnation != self.incarnation:
                _dismiss(state, one.incarnation)
        state.members[self.incarnation] = Member(
            self.incarnation, self.address, tuple(self.topics), self.group, self.info
        )
        if self.group in state.groups:
            state.groups[self.group].idle_ms = 0
        state.moves += 1


@define
class LeaveRecord(Chained):
    """A member is gone, and owns nothing any more."""

    kind: ClassVar[int] = 4
    name: ClassVar[str] = "LEAVE"
    incarnation: bytes

    def pack(self) -> bytes:
        return bytes(msgpack.packb([self.incarnation]))

    def check(self) -> str:
        return fields.incarnation(self.incarnation)

    def apply(self, state: State) -> None:
        _dismiss(state, self.incarnation)
        state.moves += 1


def _dismiss(state: State, incarnation: bytes) -> None:
    """It is no member, and owns nothing any more."""
    state.members.pop(incarnation, None)
    for group in state.groups.values():
        for task, owner in group.owners.items():
            if owner.incarnation == incarnation:
                group.owners[task] = Owner(b"", owner.epoch)
