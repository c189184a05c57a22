"""When a partition is compacted, and by which rules: from the state at one record, and true at the one that says so."""

from __future__ import annotations

from attrs import frozen

from streamz_core.log.log import Log
from streamz_core.log.records.moved.manifest import Part
from streamz_core.log.records.moved.sealed import Cleaned, Row
from streamz_core.log.records.state import Group, State
from streamz_core.log.segments.compaction import Rules
from streamz_core.log.segments.sealed import Where
from streamz_core.log.upkeep.asked import DUE, Asked
from streamz_core.log.upkeep.copying import Copying
from streamz_core.topic_config import TopicConfig


@frozen
class Bounds:
    """How far apps may read a partition to restore what they made of it. `limit`: none of those that run
    stands before it; `barriers`: where the others stand; `passed`: offsets of records that left nothing in some table.
    """

    limit: int
    barriers: tuple[int, ...]
    passed: frozenset[int]


class Compacting:
    """Makes of the sealed files of a partition fewer ones, with the last record of each key."""

    def __init__(self, log: Log, copying: Copying, asked: Asked = DUE) -> None:
        self._log = log
        self._asked = asked
        self._copying = copying
        self._stuck: dict[Where, Row] = {}
        self._bounds: dict[Where, Bounds] = {}  # by which a partition was compacted in this turn

    def turn(self, busy: set[Where]) -> Part | None:
        """One partition that is due; None if none is. OSError: nothing was done.

        One that cannot be read waits until it has other files, and holds up none of the others.
        """
        self._bounds.clear()
        for where, files in sorted(self._log.state.sealed.files.items()):
            config = self._log.state.topics[where[0]].rules
            if where not in busy and config.compacts and self._asked.wants(where[0]):
                old = self._due(where, files, config)
                if old and self._stuck.get(where) != old:
                    part = self._compact(where, old, config)
                    if part is not None:
                        return part
                    self._stuck[where] = old
        return None

    def holds(self, state: State, part: Part) -> bool:
        """Whether what a part was made by is so still: an app may have gone on that had stopped, or begun anew."""
        where = (part.topic, part.partition)
        made = self._bounds.get(where)
        if made is None or not part.cleaned:
            return True
        now = bounds(state, where)
        same = (now.barriers, now.passed) == (made.barriers, made.passed)
        return same and now.limit >= part.files[-1][1]

    def _due(self, where: Where, files: Row, config: TopicConfig) -> Row:
        """The files that are to be compacted, from the first on; () if it is too early."""
        limit, oldest_ms = bounds(self._log.state, where).limit, self._log.env.now_ms()
        oldest_ms -= config.min_compaction_lag_ms
        count = 0
        while count < len(files) and files[count].stop <= limit:
            if config.min_compaction_lag_ms and files[count].newest_ms > oldest_ms:
                break
            count += 1
        old = files[:count]
        clean = self._log.state.sealed.cleaned_of(*where).stop
        dirty = sum(file.bytes for file in old if file.stop > clean)
        total = sum(file.bytes for file in old)
        least = 0.0 if self._asked.at_once else config.min_cleanable_dirty_ratio
        return old if dirty and dirty >= total * least else ()

    def _compact(self, where: Where, old: Row, config: TopicConfig) -> Part | None:
        found, before = bounds(self._log.state, where), self._log.state.sealed.cleaned_of(*where)
        now_ms = self._log.env.now_ms()
        ripe = bool(before.aging) and now_ms - before.since_ms >= config.delete_retention_ms
        rules = Rules(
            barriers=found.barriers,
            passed=found.passed,
            aged=before.aging if ripe else 0,
            tail=config.key_tail if config.deletes and config.retention_ms >= 0 else 0,
            expiry_ms=config.retention_ms,
        )
        stop = old[-1].stop
        fresh = ripe or not before.aging
        cleaned = Cleaned(stop, stop, now_ms) if fresh else before._replace(stop=stop)
        part = self._copying.compact(where, old, rules, cleaned)
        if part is not None:
            self._bounds[where] = found
        return part


def bounds(state: State, where: Where) -> Bounds:
    """See Bounds. Apps are groups with tasks that have positions; whoever else reads goes on from where he stands."""
    ends = state.end(*where)
    apps = [group for group in state.groups.values() if group.positions]
    limit, barriers, passed = ends, set(), set()
    for group in apps:
        at = group.offsets.get(where)
        if at is None:
            continue
        passed |= _numbers(group)
        if group.members:
            limit = min(limit, at)
        elif at < ends:
            barriers.add(at)
    return Bounds(limit, tuple(sorted(barriers)), frozenset(passed))


def _numbers(group: Group) -> set[int]:
    """The offsets that positions may speak of. What else is a number does no harm: a record more stays."""
    return {
        value for told in group.positions.values() for value in told.values() if type(value) is int
    }
