"""The LOG file: whose log it is."""

from __future__ import annotations

import pytest

from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.chain.identity import Identity, decode
from tests.fixtures import check, pinned

WHO = Identity(b"i" * 16, b"k" * 32, "process")


def test_the_bytes_of_an_identity_stay() -> None:
    check("chain/LOG", WHO.encode())
    assert decode(pinned("chain/LOG"), "/log/LOG") == WHO


def test_every_flipped_bit_is_noticed() -> None:
    raw = WHO.encode()
    for bit in range(8 * len(raw)):
        rotten = bytearray(raw)
        rotten[bit // 8] ^= 1 << bit % 8
        with pytest.raises((Corrupt, ForeignLog), match="/log/LOG is"):
            decode(bytes(rotten), "/log/LOG")
