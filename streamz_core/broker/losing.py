"""Giving up records that cannot be read: what exactly that would lose, and doing it."""

from __future__ import annotations

from attrs import frozen

from streamz_core.broker.backend import Backend, Damage
from streamz_core.errors import Corrupt, Misuse

ONE = 1  # bytes: the least that a fetch brings is a batch


@frozen
class Loss:
    """Records [start, stop) of a partition that cannot be read; `why` names file and position.

    `after_ms`, `before_ms`: timestamps of the records beside them, as far as there are such, in ms.
    `groups`: who stands in the range or before it, and where. `owner`: the app whose internal topic it is.
    """

    topic: str
    partition: int
    start: int
    stop: int
    why: str
    after_ms: int | None
    before_ms: int | None
    groups: dict[str, int]
    owner: str

    @property
    def count(self) -> int:
        """How many records that is."""
        return self.stop - self.start


def find_loss(backend: Backend, topic: str, partition: int, offset: int) -> Loss:
    """What is lost if the records around `offset` that cannot be read are given up; nothing is done.

    Those are whole batches, and all that follow each other. Misuse if `offset` can be read, is lost
    already, or is none of the partition: there is nothing to give up then.
    """
    backend.refresh()
    found = backend.topic(topic)
    if not 0 <= partition < found.partitions:
        raise Misuse(f"{topic} has partitions 0 to {found.partitions - 1}, not {partition}")
    start, end = backend.start(topic, partition), backend.end(topic, partition)
    if not start <= offset < end:
        raise Misuse(
            f"{topic}[{partition}] has the offsets {start} to {end - 1}, not {offset}: nothing to skip"
            if start < end
            else f"{topic}[{partition}] holds no records: nothing to skip"
        )
    backend.watch([topic])
    damage = backend.damaged(topic, partition, offset)
    if damage is None or damage.start > offset:
        raise Misuse(_not_damaged(backend, topic, partition, offset, damage))
    standing = {
        group: offsets[topic, partition]
        for group, offsets in backend.groups().items()
        if offsets.get((topic, partition), damage.stop) < damage.stop
    }
    return Loss(
        topic,
        partition,
        damage.start,
        damage.stop,
        damage.why,
        _time(backend, topic, partition, damage.start - 1, -1),
        _time(backend, topic, partition, damage.stop, 0),
        standing,
        found.owner,
    )


def lose(backend: Backend, loss: Loss) -> None:
    """Give them up: nobody reads them any more, and whoever stands there goes on behind them. Misuse."""
    backend.skip(loss.topic, loss.partition, loss.start, loss.stop)


def _not_damaged(
    backend: Backend, topic: str, partition: int, offset: int, damage: Damage | None
) -> str:
    place = f"{topic}[{partition}]@{offset}"
    batch, *_ = backend.fetch(topic, partition, offset, bytes_max=ONE, records_max=1)
    if batch.base_offset > offset:
        return f"{place} was skipped or deleted before: every reader goes on at {batch.base_offset}"
    behind = (
        "and so can everything behind it"
        if damage is None
        else f"the first behind it that cannot is {damage.start}"
    )
    return (
        f"{place} can be read, {behind}: only what cannot be read is skipped. An app gets past a "
        "record that it cannot use by deserialization.exception.handler=continue or "
        "processing.exception.handler=continue, a consumer by seek()"
    )


def _time(backend: Backend, topic: str, partition: int, offset: int, row: int) -> int | None:
    """The timestamp of a record beside the range, if there is one that can be read; ms."""
    if not backend.start(topic, partition) <= offset < backend.end(topic, partition):
        return None
    try:
        found = backend.fetch(topic, partition, offset, bytes_max=ONE, records_max=1)
    except Corrupt:
        return None
    return found[0].timestamps[row] if found and len(found[0]) else None
