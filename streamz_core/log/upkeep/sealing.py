"""When what partitions hold is sealed, and how everybody learns of it."""

from __future__ import annotations

from streamz_core.log.log import Log
from streamz_core.log.records.moved.manifest import ManifestRecord, Part, refuse_part
from streamz_core.log.records.state import State
from streamz_core.log.segments.sealed import Where
from streamz_core.log.upkeep.asked import DUE, Asked
from streamz_core.log.upkeep.compacting import Compacting
from streamz_core.log.upkeep.copying import Copying
from streamz_core.log.upkeep.merging import choose

PARTS_MAX = 256  # partitions in one MANIFEST


class Sealing:
    """Moves what is committed and durable into sealed files, and small ones of these into larger ones."""

    def __init__(self, log: Log, asked: Asked = DUE) -> None:
        self._log = log
        self._asked = asked
        self._copying = Copying(log)
        self._compacting = Compacting(log, self._copying, asked)
        self.mover = self._copying.mover
        self._since_s: dict[Where, float] = {}  # since when a partition has something to be sealed

    def turn(self) -> bool:
        """Do what is due; true if something was. OSError: nothing was done."""
        if self._log.identity.version < ManifestRecord.since:
            return (
                False  # an older release has it open, too: nobody could tell it where records lie
            )
        lsn_max = self._safe_lsn()
        parts = [self._copying.seal(where, lsn_max) for where in self._due()[:PARTS_MAX]]
        busy = {(part.topic, part.partition) for part in parts if part is not None}
        compacted = self._compacting.turn(busy)
        if compacted is not None:
            parts.append(compacted)
            busy.add((compacted.topic, compacted.partition))
        parts += self._merged(busy)
        made = [part for part in parts if part is not None]
        if made:
            self._publish(made)
        return bool(made)

    def close(self) -> None:
        self._copying.close()

    def _safe_lsn(self) -> int:
        """Up to here nothing is taken back."""
        return min(self._log.durability.known_lsn(), self._asked.until)

    def _due(self) -> list[Where]:
        """The partitions with something to be sealed, the largest first."""
        state, limits, now_s = self._log.state, self._log.limits, self._log.env.monotonic()
        ranges = self._log.index.ranges
        for where, kept in ranges.items():
            kept.drop(state.start(*where))
        wants = self._asked.wants
        sizes = {
            where: kept.size for where, kept in ranges.items() if kept.size and wants(where[0])
        }
        self._since_s = {where: self._since_s.get(where, now_s) for where in sizes}
        full = sum(sizes.values()) >= limits.seal_bytes

        def ripe(where: Where) -> bool:
            wait_s = (
                limits.seal_s if sizes[where] >= limits.seal_least_bytes else limits.seal_late_s
            )
            return full or now_s - self._since_s[where] >= wait_s

        return sorted(filter(ripe, sizes), key=lambda where: (-sizes[where], where))

    def _merged(self, busy: set[Where]) -> list[Part | None]:
        """One partition's small files as one."""
        log = self._log
        for where, files in sorted(log.state.sealed.files.items()):
            if where not in busy and self._asked.wants(where[0]):
                old = choose(files, log.state.topics[where[0]].rules, log.limits.merge_files)
                if old:
                    return [self._copying.merge(where, old)]
        return []

    def _fits(self, state: State, part: Part) -> bool:
        return not refuse_part(state, part) and self._compacting.holds(state, part)

    def _publish(self, parts: list[Part]) -> None:
        """What fits is read from there from now on; what does not, for somebody was first, is thrown away."""
        log = self._log
        chosen: list[Part] = []

        def make(state: State) -> ManifestRecord | None:
            chosen[:] = [part for part in parts if self._fits(state, part)]
            return ManifestRecord(chosen) if chosen else None

        log.env.point("manifest")
        done = log.append(make)
        for part in parts:
            where = (part.topic, part.partition)
            self._since_s.pop(where, None)
            if part not in chosen:
                self._copying.discard(where, list(part.row))
        if done is not None:
            log.acknowledge(done.lsn)
