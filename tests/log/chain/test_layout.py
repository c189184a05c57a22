"""Where files lie, and how a commit segment begins."""

from __future__ import annotations

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import (
    Layout,
    SegmentHead,
    encode_segment,
    segments,
)
from streamz_core.log.chain.succession import read_segment_head
from tests.fixtures import check, pinned

LAYOUT = Layout("/log")
WHO = Identity(b"i" * 16, b"k" * 32, "power")
HEAD = SegmentHead(2, 40, b"h" * 16, "5f6e1c7a-boot", 0)


def begun(machine: MemoryMachine, data: bytes, number: int = 2) -> None:
    env = machine.process()
    env.make_dirs(LAYOUT.commit)
    env.create(LAYOUT.segment(number)).append(data)


def test_the_bytes_of_a_segment_head_stay(machine: MemoryMachine) -> None:
    check("chain/segment", encode_segment(WHO, HEAD))
    begun(machine, pinned("chain/segment") + b"what follows")
    found = read_segment_head(machine.process(), LAYOUT, WHO, 2)
    assert (found.number, found.lsn, found.hash, found.boot_id) == (2, 40, b"h" * 16, HEAD.boot_id)
    assert found.bytes == len(pinned("chain/segment"))


def test_segments_are_read_by_number_and_nothing_else_is_one(machine: MemoryMachine) -> None:
    for number in (10, 9, 1_000_000):
        begun(machine, b"", number)
    machine.process().create(f"{LAYOUT.commit}/000001.new")
    assert segments(machine.process(), LAYOUT) == [9, 10, 1_000_000]
