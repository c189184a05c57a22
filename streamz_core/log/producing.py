"""Producers with an id: whose it is, and up to where what was sent under it is on the chain."""

from __future__ import annotations

from streamz_core.log.entry import checked
from streamz_core.log.log import Log
from streamz_core.log.records.ownership import ProducerRecord
from streamz_core.log.records.state import Sender, State
from streamz_core.log.values import Stamp


def claim(log: Log, producer: str) -> Stamp:
    """The id is this handle's from now on: what another one commits under it is Fenced. The newest sequence that was
    committed; 0 if none was. Misuse for what is no id."""
    checked(ProducerRecord(producer, log.incarnation, 1))
    log.join([], "", {"kind": "producer", "id": producer})
    known = Sender(b"", 0)

    def make(state: State) -> ProducerRecord:
        nonlocal known
        known = state.producers.get(producer, Sender(b"", 0))
        return ProducerRecord(producer, log.incarnation, known.epoch + 1)

    done = log.append(make)
    assert done is not None, "there is always something to say"
    log.acknowledge(done.lsn)
    return Stamp(producer, known.epoch + 1, known.sequence)


def holds(log: Log, stamp: Stamp) -> bool:
    """Whether the id is still this handle's."""
    known = log.state.producers.get(stamp.producer)
    return known is not None and (known.incarnation, known.epoch) == (log.incarnation, stamp.epoch)
