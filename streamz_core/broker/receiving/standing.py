"""Where a consumer stands, and where it goes: seeks, ends, times, pauses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from streamz_core.broker.backend import Backend
from streamz_core.broker.checks import mapped, place, whole
from streamz_core.broker.receiving.ahead import Ahead
from streamz_core.broker.receiving.offsets import Offsets
from streamz_core.broker.receiving.places import Parts, in_range
from streamz_core.broker.receiving.rounds import Rounds
from streamz_core.broker.receiving.sharing import Share
from streamz_core.broker.receiving.topics import Where
from streamz_core.errors import Misuse
from streamz_core.record import Record


class Standing:
    """What a Consumer is asked beside its records: of the partitions that it reads now."""

    _backend: Backend
    _rounds: Rounds
    _ahead: Ahead[Any, Any]
    _stands: Offsets
    _reads: Share | Parts

    def seek(self, topic: str, partition: int, offset: int) -> None:
        """Read this partition from `offset` on.

        OffsetOutOfRange, with what there is, if the partition does not have it, unless `on_out_of_range`
        says where to go then.
        """
        self._usable()
        self._refresh()
        where = self._part(topic, partition)
        at = whole(f"the offset for {topic}[{partition}]", offset)
        self._go({where: self._stands.ranged(where, at)})

    def seek_to_time(self, at_ms: int) -> None:
        """Read each partition from its first record on whose timestamp is `at_ms` or later; from its end, if none is."""
        ends = self.end_offsets()  # asked before: what becomes readable meanwhile is not passed
        found = self.offsets_for_times(dict.fromkeys(ends, at_ms))
        self._go({where: ends[where] if at is None else at[0] for where, at in found.items()})

    def offsets_for_times(self, times: Mapping[Where, int]) -> dict[Where, tuple[int, int] | None]:
        """For each (topic, partition) the offset and timestamp of the first record that is of that time, in ms, or
        later; None if there is none yet."""
        self._usable()
        self._refresh()
        wanted = {
            self._part(*place(where)): whole("a time", at)
            for where, at in mapped("times", times).items()
        }
        return {
            where: self._backend.offset_at(*where, at, durable=True) for where, at in wanted.items()
        }

    def position(self, topic: str, partition: int) -> int:
        """The offset that is given next."""
        self._usable()
        return self.positions()[self._part(topic, partition)]

    def positions(self, kept: Sequence[Record[Any, Any]] = ()) -> dict[Where, int]:
        """Of each (topic, partition) that is read now the offset that is given next, if what was `kept` was not given."""
        self._usable()
        return self._ahead.standing(self._rounds.at, kept)

    def committed(self, topic: str, partition: int) -> int | None:
        """Where the group goes on in this partition, whoever reads it; None if it never committed."""
        self._usable()
        self._backend.refresh()
        return self._backend.committed(self._stands.group, *place((topic, partition)))

    def end_offsets(self) -> dict[Where, int]:
        """Per (topic, partition) the offset behind the last record that may be read now."""
        self._usable()
        self._refresh()
        return {where: self._backend.end(*where, durable=True) for where in self._rounds.at}

    def lag(self) -> dict[Where, int]:
        """Per (topic, partition) how many offsets are still to be given."""
        ends, stands = self.end_offsets(), self.positions()
        return {where: max(end - stands[where], 0) for where, end in ends.items()}

    def at_end(self) -> bool:
        """Whether everything committed so far was given, whoever committed it, of what is read here. False while
        partitions are to come to this consumer, or to go."""
        self._usable()
        self._refresh()
        if isinstance(self._reads, Share) and not self._reads.settled:
            return False
        return all(at >= self._backend.end(*where) for where, at in self.positions().items())

    def pause(self, parts: Iterable[Where]) -> None:
        """Give nothing of these until `resume`; they stay this one's. Misuse for those that are not read here."""
        found = {self._part(*place(where)) for where in parts}
        self._rounds.at = self._ahead.standing(self._rounds.at)
        self._ahead.left.clear()  # all is read again from where it stands
        self._rounds.paused |= found

    def resume(self, parts: Iterable[Where]) -> None:
        """Give of these again."""
        self._rounds.paused -= {self._part(*place(where)) for where in parts}

    def paused(self) -> set[Where]:
        """Those of which nothing is given."""
        return set(self._rounds.paused)

    def _go(self, places: Mapping[Where, int]) -> None:
        self._ahead.drop(places)
        for where, offset in places.items():
            self._rounds.at[where] = offset

    def _said(self, offsets: Mapping[Where, int]) -> dict[Where, int]:
        """Offsets that may be committed; Misuse, OffsetOutOfRange."""
        wanted = {
            self._part(*place(where)): whole("an offset", offset)
            for where, offset in mapped("offsets", offsets).items()
        }
        return {where: in_range(self._backend, where, at, "error") for where, at in wanted.items()}

    def _part(self, topic: str, partition: int) -> Where:
        where = (topic, partition)
        if where not in self._rounds.at or isinstance(partition, bool):
            known = ", ".join(f"{name}[{each}]" for name, each in self._rounds.at)
            raise Misuse(
                f"{topic!r:.80}[{partition!r:.40}] is not read here; this consumer reads {known or 'nothing now':.400}"
            )
        return where

    def _usable(self) -> None:
        raise NotImplementedError

    def _refresh(self) -> None:
        raise NotImplementedError
