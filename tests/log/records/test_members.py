"""Members come and go."""

from __future__ import annotations

from streamz_core.log.records.members import LeaveRecord, MemberRecord
from streamz_core.log.records.state import Member
from tests.log.records.conftest import ME, OTHER, Hand


def test_a_member_says_where_it_is_woken(owned: Hand) -> None:
    before = owned.state.moves
    owned.take(MemberRecord(b"new.....", "bell", ["t"], "g", {"pid": 7}))
    found = owned.state.members[b"new....."]
    assert found == Member(b"new.....", "bell", ("t",), "g", {"pid": 7})
    assert owned.state.moves == before + 1


def test_who_left_owns_nothing(owned: Hand) -> None:
    before = owned.state.moves
    owned.take(LeaveRecord(ME))
    assert owned.state.group("g").owners["sub/0"].incarnation == b""
    assert list(owned.state.members) == [OTHER]
    assert owned.state.moves == before + 1


def test_who_is_gone_may_be_said_to_leave_again(owned: Hand) -> None:
    owned.take(LeaveRecord(b"nobody.."))
    assert sorted(owned.state.members) == [ME, OTHER]
    assert owned.state.group("g").owners["sub/0"].incarnation == ME
