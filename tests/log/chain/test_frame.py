"""A frame decodes where it was written and nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.log.chain import frame
from tests.fixtures import check, pinned

KEY = frame.mac(bytes(range(32)))
AT = frame.place(3, 1000)
BODY, PAYLOAD = b"body", b"payload" * 20


def encoded(at: int = AT, payload: bytes = PAYLOAD) -> bytes:
    return frame.encode(KEY, at, 7, 8, b"p" * 16, BODY, payload, (5, b"w" * 16))[0]


def test_a_frame_comes_back_whole() -> None:
    raw, hash_ = frame.encode(KEY, AT, 7, 8, b"p" * 16, BODY, PAYLOAD, (5, b"w" * 16))
    found = frame.decode(KEY, b"xx" + raw + b"yy", 2, AT)
    assert found is not None
    assert (found.lsn, found.kind, found.prev, found.hash) == (7, 8, b"p" * 16, hash_)
    assert (found.body, found.witness) == (BODY, (5, b"w" * 16))
    assert (found.start, found.end) == (2, 2 + len(raw))


def test_the_bytes_of_a_frame_stay() -> None:
    raw, hash_ = frame.encode(KEY, AT, 7, 8, b"p" * 16, BODY, PAYLOAD, (5, b"w" * 16))
    check("chain/frame", raw)
    found = frame.decode(KEY, pinned("chain/frame"), 0, AT)
    assert found is not None
    assert (found.lsn, found.kind, found.hash, found.body) == (7, 8, hash_, BODY)


def test_every_prefix_is_no_frame() -> None:
    raw = encoded()
    assert all(frame.decode(KEY, raw[:size], 0, AT) is None for size in range(len(raw)))


def test_every_flipped_bit_is_noticed() -> None:
    raw = encoded()
    for bit in range(8 * len(raw)):
        rotten = bytearray(raw)
        rotten[bit // 8] ^= 1 << bit % 8
        assert frame.decode(KEY, bytes(rotten), 0, AT) is None, f"bit {bit}"


def test_zeros_are_no_frame() -> None:
    assert frame.decode(KEY, bytes(4096), 0, 0) is None
    assert frame.decode(KEY, frame.MAGIC + bytes(4096), 0, 0) is None


def test_a_copy_elsewhere_is_no_frame() -> None:
    raw = encoded()
    assert frame.decode(KEY, raw, 0, AT + 1) is None
    assert frame.decode(frame.mac(bytes(32)), raw, 0, AT) is None


def test_a_moved_frame_keeps_its_hash() -> None:
    raw, hash_ = frame.encode(KEY, AT, 7, 8, b"p" * 16, BODY, PAYLOAD, (5, b"w" * 16))
    found = frame.decode(KEY, frame.moved(raw, 42), 0, 42)
    assert found is not None
    assert found.hash == hash_


@given(st.binary(max_size=300))
def test_any_bytes_decode_to_nothing(data: bytes) -> None:
    assert frame.decode(KEY, data, 0, 0) is None
    assert frame.decode(KEY, frame.MAGIC + data, 0, 0) is None
    assert frame.wanted(data, 0) >= 0
