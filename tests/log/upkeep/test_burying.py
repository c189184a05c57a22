"""Which files go, and which do not."""

from __future__ import annotations

import pytest

from streamz_core.env.memory import MemoryMachine
from streamz_core.errors import Corrupt, OffsetOutOfRange
from streamz_core.log.records.moved.places import sealed_end
from streamz_core.log.removing import lose, reset
from streamz_core.log.upkeep.copying import Copying
from streamz_core.log.upkeep.upkeep import Upkeep
from tests.log.conftest import transaction_on
from tests.log.upkeep.conftest import LIMITS, House, evolve, house, read, send, values


def test_the_files_of_the_dead_go_when_all_is_sealed(kept: House) -> None:
    send(kept.log, values(3))
    kept.settle()
    writer = kept.log.incarnation.hex()
    assert kept.files("data") == [f"data/{writer}/1"], "it may name what it appends next"
    kept.log.close()
    kept.settle()
    assert kept.files("data") == []
    assert not kept.machine.process().exists(f"/log/data/{writer}")
    assert read(kept.another()) == values(3)


def test_of_the_living_those_go_that_are_closed() -> None:
    kept = house(MemoryMachine(), evolve(LIMITS, data_file_bytes=100))
    for number in range(3):
        send(kept.log, [b"%d" % number * 150])
    writer = kept.log.incarnation.hex()
    assert len(kept.files("data")) == 3
    kept.settle()
    assert kept.files("data") == [f"data/{writer}/3"]


def test_nothing_goes_before_its_record_is_durable() -> None:
    kept = house(MemoryMachine(), level="process")
    send(kept.log, values(3))
    kept.machine.advance(2000)
    kept.log.tick()
    kept.log.tick()
    kept.log.close()
    kept.janitor.refresh()
    before = kept.files("data")
    assert before
    for _ in range(5):
        kept.upkeep.turn()
    assert sealed_end(kept.janitor.state, 1, 0) == 3
    assert kept.files("data") == before, "the MANIFEST is not on the disk"
    kept.machine.advance(2000)
    kept.settle()
    kept.settle()
    assert kept.files("data") == []


def test_a_reader_that_is_late_reads_on_where_the_records_lie_now(kept: House) -> None:
    send(kept.log, values(5))
    reader = kept.another()
    reader.watch(["t"])
    late = kept.another()
    late.watch(["t"])
    kept.log.close()
    kept.settle()
    assert kept.files("data") == []
    assert [batch.values for batch in late.fetch(1, 0, 2)] == [values(3, 2)]
    for number in range(8):
        send(late, values(1, 5 + number))
        kept.upkeep.turn()
    kept.settle()
    assert len(kept.files("part")) == 1
    assert [late.fetch(1, 0, 0)[0].values, late.fetch(1, 0, 5)[-1].values[-1]] == [values(5), b"12"]
    lose(late, 1, 0, 0, 13, "retention")
    kept.settle()
    # It could not know that they are lost, and is told where the partition goes on; who knows is refused.
    assert [(batch.base_offset, batch.values) for batch in reader.fetch(1, 0, 2)] == [(13, [])]
    with pytest.raises(OffsetOutOfRange):
        reader.fetch(1, 0, 2)


def test_a_file_that_is_really_gone_is_told(kept: House) -> None:
    send(kept.log, values(5))
    kept.settle()
    (path,) = kept.files("part")
    kept.machine.tree.remove(f"/log/{path}")
    with pytest.raises(Corrupt, match=r"is missing.*streamz topics skip t 0 1"):
        read(kept.another(), 1)


def test_a_file_that_no_record_names_goes_when_its_mover_is_dead(kept: House) -> None:
    send(kept.log, values(3))
    kept.settle()
    env, log = kept.machine.process(), kept.another()
    mover = Copying(log)
    left = f"/log/part/1/0/{3:020d}-{mover.mover.hex()}00000001.new"
    env.create(left).close()
    kept.settle()
    assert env.exists(left), "it may be about to name it"
    mover.close()
    kept.settle()
    assert not env.exists(left)
    assert not env.exists(log.layout.mover_lock(mover.mover))
    assert read(kept.log) == values(3)


def test_whose_lock_was_removed_may_live_until_somebody_is_alone(kept: House) -> None:
    send(kept.log, values(3))
    env, path = kept.machine.process(), kept.log.layout.writer_lock(kept.log.incarnation)
    env.unlink(path)
    kept.log.close()
    kept.settle()
    assert kept.files("data") != []
    kept.upkeep.close()
    kept.janitor.close()
    alone = kept.another()
    assert env.exists(path)
    for _ in range(3):
        Upkeep(alone).turn()
    assert not env.exists(path)
    assert read(alone) == values(3)


def test_what_a_removed_topic_had_goes(kept: House) -> None:
    kept.log.create_topic("own", 1, {}, "app")
    transaction = kept.log.topic("own").id
    sent = transaction_on(kept.log)
    sent.send("own", 0, [None], [b"v"], [0])
    sent.commit()
    kept.settle()
    assert kept.files(f"part/{transaction}")
    reset(kept.log, "app", {}, [transaction], asker="me")
    kept.settle()
    assert kept.files(f"part/{transaction}") == []
    assert not kept.machine.process().exists(f"/log/part/{transaction}")


def test_two_janitors_do_no_harm(kept: House) -> None:
    other = Upkeep(kept.another())
    for number in range(20):
        send(kept.log, values(2, 2 * number))
        other.turn()
        kept.upkeep.turn()
    kept.log.close()
    for _ in range(20):
        other.turn()
        kept.upkeep.turn()
    assert kept.files("data") == []
    assert read(kept.another()) == values(40)
    other.close()
    kept.upkeep.close()
