"""Hashes of keys."""

from __future__ import annotations

import pytest

from streamz_core.broker.names import murmur2

KAFKAS = [
    (b"21", -973932308),
    (b"foobar", -790332482),
    (b"a-little-bit-long-string", -985981536),
    (b"a-little-bit-longer-string", -1486304829),
    (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    (b"abc", 479470107),
]
"""From Kafka's own test of it (UtilsTest.testMurmur2)."""


@pytest.mark.parametrize("key, told", KAFKAS)
def test_murmur2_is_kafkas(key: bytes, told: int) -> None:
    assert murmur2(key) == told & 0x7FFFFFFF
