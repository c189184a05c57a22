"""Is everything that a log holds what was committed? Every byte is read, nothing is changed."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field, frozen

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.copies import Copies, Healed
from streamz_core.log.chain.frame import Frame
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout, segments, size_of
from streamz_core.log.chain.recovery import witnesses
from streamz_core.log.checkpoints.finding import oldest
from streamz_core.log.records.chained import Chained, Span
from streamz_core.log.records.index import Index, Payload
from streamz_core.log.records.kinds import follow, unpack
from streamz_core.log.records.moved.places import vacated
from streamz_core.log.segments.data import DataReader
from streamz_core.log.segments.shelf import Shelf

LOOKS = 5


@frozen
class Fault:
    """Something that is not as it was committed. `why` names file and position.

    `topic` "", -1: where it is no record of a topic. `start`, `stop`: the offsets that are hit.
    """

    why: str
    lsn: int = -1
    topic: str = ""
    partition: int = -1
    start: int = -1
    stop: int = -1


@define
class Checked:
    """What was read, and what of it is not right: `bytes` of payload, `commits` up to the last readable. `healed`: records
    that everybody reads from a copy, since they rotted where they stood. `beyond`: bytes behind the last commit that
    are of none."""

    commits: int = 0
    ranges: int = 0
    bytes: int = 0
    faults: list[Fault] = field(factory=list)
    healed: list[Healed] = field(factory=list)
    beyond: int = 0


def check(env: Env, layout: Layout, identity: Identity) -> Checked:
    """Read all of the chain, and every record it names that is not given up.

    A file may go while it is looked at, because its records lie elsewhere by then: where the log went on meanwhile, a
    fault counts that is seen twice.
    """
    before: set[str] = set()
    looks = 0
    while True:
        looks += 1
        seen = _signature(env, layout)
        found = _Check(env, layout, identity).run()
        told = {fault.why for fault in found.faults}
        if told <= before or looks == LOOKS or _signature(env, layout) == seen:
            return found
        before = told


def _signature(env: Env, layout: Layout) -> tuple[object, ...]:
    """Another value whenever something was chained, or segments went."""
    numbers = segments(env, layout)
    try:
        return (*numbers, size_of(env, layout.segment(numbers[-1]))) if numbers else ()
    except FileNotFoundError:
        return tuple(numbers)


class _Check:
    """One walk along the chain."""

    def __init__(self, env: Env, layout: Layout, identity: Identity) -> None:
        self._env = env
        self._layout = layout
        self._identity = identity
        self._index = Index(everything=True)
        self._start = oldest(env, layout, identity, self._index)
        self._state = self._start.state
        self._payload = DataReader(env, layout, Copies(env, layout, identity.mac))
        self._found = Checked()
        self._hit: list[tuple[Span, int, str]] = []
        self._worn: list[tuple[Span, str]] = []  # of sealed files

    def run(self) -> Checked:
        found, state = self._found, self._state
        seen = witnesses(self._env, self._layout, self._identity)  # before the chain goes on
        try:
            self._known()
            chain = Chain(self._env, self._layout, self._identity, self._take, self._start.begin)
            try:
                chain.tail()
                for durable in sorted(seen):
                    chain.heal(durable)
                found.beyond = chain.beyond
            finally:
                chain.close()
                found.healed += chain.passed.healed
        except Corrupt as error:
            found.faults.append(Fault(str(error), state.lsn + 1))
        finally:
            self._payload.close()
        self._sealed()
        found.healed = [*dict.fromkeys(found.healed + self._payload.healed)]
        found.commits = state.lsn
        if not found.faults:
            short = [lsn for lsn, hash_ in seen if state.on_chain(lsn, hash_) is False]
            found.faults += [self._short(max(short))] if short else []
        found.faults += self._of_records()
        return found

    def _short(self, durable: int) -> Fault:
        state = self._state
        there = (
            f"the log can be read only up to commit {state.lsn}"
            if durable > state.lsn
            else "the chain has another one of that number"
        )
        return Fault(
            f"{self._layout.commit}: commit {durable} was durable, but {there}",
            min(durable, state.lsn + 1),
        )

    def _known(self) -> None:
        """What lies where a checkpoint says, of records before the ones that are read."""
        for (topic, partition), kept in self._index.ranges.items():
            for at in range(len(kept)):
                number, position, size, crc = kept.place(at)
                span = (topic, partition, kept.bases[at], kept.stop(at))
                self._read((self._index.files[number], position, size, crc), span, kept.lsn(at))

    def _take(self, one: Frame, where: tuple[int, int], data: bytes) -> None:
        record, state = unpack(one), self._state
        for place, span in zip(record.payloads(), record.spans(state), strict=True):
            self._read(place, span, one.lsn)
        if not frame.sound(one, data):
            self._inside(record, one, where, data[one.payload_at : one.end])
        follow(state, one, record)

    def _read(self, place: Payload, span: Span, lsn: int) -> None:
        self._found.ranges += 1
        self._found.bytes += place[2]
        try:
            self._payload.read(*place, lsn)
        except Corrupt as error:
            self._hit.append((span, lsn, str(error)))

    def _inside(self, record: Chained, one: Frame, where: tuple[int, int], payload: bytes) -> None:
        path = self._layout.segment(where[0])
        for span in record.broken(self._state, payload):
            why = f"{path} at {where[1]}: these are not the bytes that were committed"
            self._hit.append((span, one.lsn, why))

    def _sealed(self) -> None:
        """What lies in sealed files."""
        shelf = Shelf(self._env, self._layout, self._identity)
        for where, files in self._state.sealed.files.items():
            for file in files:
                self._found.bytes += file.bytes
                for start, stop, why in shelf.pieces(where, file) if file.name else ():
                    self._found.ranges += 1
                    if why:
                        self._worn.append(((*where, start, stop), why))
        shelf.close()

    def _of_records(self) -> Sequence[Fault]:
        """Of those that are still there: what was given up, or lies elsewhere by now, hurts nobody."""
        state = self._state
        return [
            Fault(why, lsn, state.topics[topic].name, partition, start, stop)
            for (topic, partition, start, stop), lsn, why in self._hit
            if not vacated(state, topic, partition, start, stop)
        ] + [
            Fault(why, -1, state.topics[topic].name, partition, start, stop)
            for (topic, partition, start, stop), why in self._worn
            if not state.all_lost(topic, partition, start, stop)
        ]
