"""Which records there are."""

from __future__ import annotations

from streamz_core.log.records.past import Past


def test_a_record_is_known_by_number_and_hash_from_the_base_on() -> None:
    past = Past((40, b"a" * 16))
    past.hashes += b"b" * 8
    assert past.has(40, b"a" * 16)
    assert past.has(41, b"b" * 16)
    assert past.has(41, b"c" * 16) is False
    assert past.has(42, b"b" * 16) is False
    assert past.has(39, b"a" * 16) is None
