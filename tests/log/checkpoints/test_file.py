"""The bytes of a checkpoint: all of them are looked at before they are believed."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt, ForeignLog, Unsupported
from streamz_core.log.checkpoints import file
from streamz_core.log.log import Log
from streamz_core.log.records.index import Index
from tests.log.conftest import send

PATH = "/log/one"


@pytest.fixture
def log(machine: MemoryMachine) -> Log:
    """Two topics, one of them with records inside of the log and outside of it."""
    log = Log.open(machine.process(), "/log", everything=True)
    log.create_topic("t", 2, {})
    log.create_topic("empty", 1, {})
    for value in (b"one", b"two" * 3000, b"three"):
        send(log, [value, value])
    return log


def written(log: Log) -> bytearray:
    data = file.encode(log.identity, log.chain.place, log.state, log.index)
    log.env.create(PATH).append(data)
    return log.env.machine.tree.get(PATH).data  # type: ignore[attr-defined, no-any-return]


def taken_in(log: Log) -> None:
    found = file.read(log.env, log.identity, PATH)
    file.load(log.env, found, log.state, log.state.names.values(), Index())


def test_state_and_ranges_come_back(log: Log) -> None:
    written(log)
    found = file.read(log.env, log.identity, PATH)
    assert found.begin == log.chain.place
    state = file.state_of(found)
    assert state.digest() == log.state.digest()
    index = Index(["t"])
    index.file((b"else", 7))  # so that every file has another number here
    file.load(log.env, found, state, state.names.values(), index)
    for where, kept in log.index.ranges.items():
        again = index.ranges[where]
        assert again.end == kept.end
        assert again.bases == kept.bases
        for each in range(len(kept)):
            assert again.lsn(each) == kept.lsn(each)
            here, there = again.place(each), kept.place(each)
            assert here[1:] == there[1:]
            assert index.files[here[0]] == log.index.files[there[0]]


def test_every_flipped_bit_is_noticed(log: Log) -> None:
    """In the head and the table when it is read, in the ranges when they are."""
    data = written(log)
    whole = bytes(data)
    for at in range(len(whole)):
        data[at] ^= 1 << at % 8
        with pytest.raises((Corrupt, ForeignLog, Unsupported), match=PATH):
            taken_in(log)
        data[:] = whole
    for size in range(0, len(whole), 7):
        data[:] = whole[:size]
        with pytest.raises((Corrupt, ForeignLog), match=PATH):
            taken_in(log)


def test_one_of_another_log_or_a_newer_version_is_refused(
    log: Log, machine: MemoryMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(log)
    other = Log.open(machine.process(), "/other")
    with pytest.raises(ForeignLog, match=r"is of log .* not of"):
        file.read(log.env, other.identity, PATH)
    monkeypatch.setattr(file, "VERSION", 2)
    with pytest.raises(Unsupported, match="/log/one has format 1, this version reads 2"):
        file.read(log.env, log.identity, PATH)
