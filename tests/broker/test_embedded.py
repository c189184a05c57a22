"""The embedded log keeps the promises of the seam, at both levels; and is opened in one place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streamz_core.broker.backend import Backend
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker, open_backend
from streamz_core.broker.producer import Producer
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.memory import MemoryEnv, MemoryMachine
from streamz_core.errors import ForeignLog, Misuse, TooLarge
from tests.broker.check_backend import checks

HOME = "/home"


@pytest.mark.parametrize("level", ["process", "power"])
@pytest.mark.parametrize("name", checks())
def test_promises_of_the_seam(name: str, level: str) -> None:
    machine = MemoryMachine()
    config = Config(durability=level, log_commit_bytes=1 << 22)

    def make() -> Backend:
        return open_backend(machine.process(), HOME, config)

    checks()[name](make)


def test_a_log_keeps_the_level_it_was_made_with() -> None:
    machine = MemoryMachine()
    for asked in ("process", "keep"):
        backend = open_backend(machine.process(), HOME, Config(durability=asked))
        assert backend.durability == "process"
    with pytest.raises(Misuse, match="durability level 'process'; 'power' was asked for"):
        open_backend(machine.process(), HOME, Config(durability="power"))
    assert open_backend(MemoryMachine().process(), HOME, Config()).durability == "power"


def test_nothing_is_made_unless_that_is_wanted() -> None:
    env = MemoryEnv()
    with pytest.raises(ForeignLog, match="holds no log"):
        open_backend(env, HOME, Config(), create=False)
    assert not env.exists(f"{HOME}/log/LOG")
    open_backend(env, HOME, Config()).close()
    open_backend(env, HOME, Config(), create=False).close()


def test_the_settings_of_the_log_reach_it() -> None:
    config = Config(log_commit_bytes=1 << 12)
    backend = open_backend(MemoryEnv(), HOME, config)
    backend.create_topic("t", 1, {})
    assert backend.commit_bytes == 1 << 12
    with pytest.raises(TooLarge, match="the limit is 4096"):
        backend.commit("", [], backend.pack("t", 0, [None] * 9, [b"x" * 1000] * 9, [0] * 9))


def test_larger_records_are_written_where_the_setting_says_so() -> None:
    machine = MemoryMachine()
    large = b"x" * (3 << 20)
    with Broker(machine.process(), HOME, Config(log_record_bytes=4 << 20)) as broker:
        broker.backend.create_topic("t", 1, {})
        with Producer(broker, key=BYTES, value=BYTES) as producer:
            producer.send("t", large, key=b"k")
            with pytest.raises(TooLarge, match=f"the limit is {4 << 20}"):
                producer.send("t", b"x" * (4 << 20))
    with Broker(machine.process(), HOME) as broker:
        with Producer(broker, key=BYTES, value=BYTES) as producer, pytest.raises(TooLarge):
            producer.send("t", large)
        with Consumer(broker, ["t"], key=BYTES, value=BYTES) as consumer:
            assert [record.value for record in consumer.poll(0)] == [large]


def test_what_is_watched_at_opening_can_be_fetched() -> None:
    machine = MemoryMachine()
    with Broker(machine.process(), HOME) as broker:
        broker.backend.create_topic("t", 1, {})
        transaction = broker.transaction()
        transaction.send("t", 0, [None], [b"1"], [0])
        transaction.commit()
    backend = open_backend(machine.process(), HOME, Config(), watch=["t"])
    assert [batch.values for batch in backend.fetch("t", 0, 0, bytes_max=1)] == [[b"1"]]


def rung(machine: MemoryMachine, reader: Callable[[Backend], None]) -> bool:
    """Whether a process is woken by a commit to `t` after it did `reader`."""
    one = open_backend(machine.process(), HOME, Config())
    one.create_topic("t", 1, {})
    env = machine.process()
    two = open_backend(env, HOME, Config())
    reader(two)
    one.refresh()
    heard: list[str] = []
    one._env.ring = lambda address: heard.append(address) or True
    one.commit("", [], one.pack("t", 0, [None], [b"1"], [0]))
    return bool(heard)


def test_who_listens_is_woken_by_commits_to_its_topics() -> None:
    assert rung(MemoryMachine(), lambda backend: backend.listen(["t"]))
    assert not rung(MemoryMachine(), lambda backend: backend.listen(["another"]))


def test_who_does_not_listen_any_more_is_left_alone() -> None:
    def reader(backend: Backend) -> None:
        backend.listen(["t"])
        backend.listen(())

    assert not rung(MemoryMachine(), reader)


def test_who_looks_after_a_log_begins_when_there_is_room() -> None:
    """Its first file cannot be written on a full disk: that is no reason to end, nor to keep others from it."""
    machine = MemoryMachine()
    backend = open_backend(machine.process(), HOME, Config())
    capacity, machine.capacity_bytes = machine.capacity_bytes, 0
    assert not backend.tend()
    machine.capacity_bytes = capacity
    backend.tend()
    assert open_backend(machine.process(), HOME, Config()).tend() is False, "one is enough"
    assert backend._tending is not None
