"""The hint of what is durable: never back, and nothing at all rather than something wrong."""

from __future__ import annotations

import errno

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.log.chain.frame import ZERO
from streamz_core.log.chain.hint import Hint, read_hint
from streamz_core.log.chain.layout import Layout
from tests.fixtures import check

LAYOUT = Layout("/log")


def made(machine: MemoryMachine) -> Hint:
    env = machine.process()
    env.make_dirs("/log")
    return Hint(env, LAYOUT)


def test_the_bytes_of_a_hint_stay(machine: MemoryMachine) -> None:
    made(machine).write((7, b"h" * 16))
    check("chain/durable", bytes(machine.tree.get("/log/durable").data))
    assert read_hint(machine.process(), LAYOUT) == (7, b"h" * 16)


def test_it_never_names_an_older_record(machine: MemoryMachine) -> None:
    hint, other = made(machine), made(machine)
    hint.write((7, b"h" * 16))
    other.write((6, b"g" * 16))
    assert other.read() == hint.read() == (7, b"h" * 16)
    other.write((8, b"i" * 16))
    assert hint.read() == (8, b"i" * 16)


def test_a_missing_empty_or_damaged_one_says_nothing(machine: MemoryMachine) -> None:
    assert read_hint(machine.process(), LAYOUT) == (0, ZERO)
    hint = made(machine)
    assert hint.read() == (0, ZERO)
    hint.write((7, b"h" * 16))
    machine.tree.get("/log/durable").data[3] ^= 1
    assert hint.read() == read_hint(machine.process(), LAYOUT) == (0, ZERO)


def test_a_full_disk_leaves_it_as_it_is_and_a_broken_one_is_told(machine: MemoryMachine) -> None:
    hint = made(machine)
    hint.write((7, b"h" * 16))

    def failing(number: int) -> None:
        def pwrite(*_: object) -> None:
            raise OSError(number, "failed")

        hint._file.pwrite = pwrite  # type: ignore[assignment, method-assign]

    failing(errno.ENOSPC)
    hint.write((8, b"i" * 16))
    assert hint.read()[0] == 7
    failing(errno.EIO)
    with pytest.raises(OSError, match="failed"):
        hint.write((8, b"i" * 16))
