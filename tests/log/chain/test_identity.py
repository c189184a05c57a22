"""The LOG file: whose log it is."""

from __future__ import annotations

import pytest
from attrs import evolve

from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.chain import identity
from streamz_core.log.chain.identity import Identity, decode
from tests.fixtures import check, pinned

WHO = Identity(b"i" * 16, b"k" * 32, "process")


def test_the_bytes_of_an_identity_stay() -> None:
    check("chain/LOG-3", WHO.encode())
    assert decode(pinned("chain/LOG-3"), "/log/LOG") == WHO


def test_a_log_of_format_2_is_read() -> None:
    older = evolve(WHO, version=2)
    check("chain/LOG-2", older.encode())
    assert decode(pinned("chain/LOG-2"), "/log/LOG") == older


def test_a_log_of_release_0_1_is_refused_with_the_way_out() -> None:
    with pytest.raises(
        ForeignLog,
        match=r"format 1: release 0.1 .*nothing was changed.*topics consume .*topics produce",
    ):
        decode(pinned("chain/LOG-1"), "/log/LOG")


def test_a_log_of_a_newer_format_wants_a_newer_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "VERSION", 4)
    newer = evolve(WHO, version=4).encode()
    monkeypatch.undo()
    with pytest.raises(ForeignLog, match=r"has format 4.* use the release that wrote it"):
        decode(newer, "/log/LOG")


def test_every_flipped_bit_is_noticed() -> None:
    raw = WHO.encode()
    for bit in range(8 * len(raw)):
        rotten = bytearray(raw)
        rotten[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Corrupt, ForeignLog), match="/log/LOG is"):
            decode(bytes(rotten), "/log/LOG")
