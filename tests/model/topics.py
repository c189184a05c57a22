"""What topics and groups are, in a hundred lines: lists, and the offsets of groups."""

from __future__ import annotations

from attrs import define, field, frozen

Where = tuple[str, int]


@frozen
class Row:
    """A record, but for its place."""

    key: bytes | None
    value: bytes | None
    timestamp: int
    headers: tuple[tuple[str, bytes | None], ...] = ()


@define
class Partition:
    """Every record there ever was; `begin`: the first that is not deleted; `tidied`: up to here keys were compacted."""

    compact: bool
    rows: list[Row] = field(factory=list)
    begin: int = 0
    tidied: int = 0

    @property
    def end(self) -> int:
        return len(self.rows)

    def may_be_gone(self, offset: int) -> bool:
        """Whether nobody has to be given this record any more."""
        if offset < self.begin:
            return True
        key = self.rows[offset].key
        return offset < self.tidied and any(row.key == key for row in self.rows[offset + 1 :])

    def gone(self, start: int, stop: int) -> bool:
        """Whether all records from start to stop may be gone."""
        return all(self.may_be_gone(offset) for offset in range(start, stop))

    def since(self, at_ms: int) -> int | None:
        """The offset of the first record of that time or later which must be there."""
        found = (
            offset
            for offset in range(self.begin, self.end)
            if self.rows[offset].timestamp >= at_ms and not self.may_be_gone(offset)
        )
        return next(found, None)


@define
class Model:
    """What is committed, and nothing else."""

    topics: dict[str, list[Partition]] = field(factory=dict)
    groups: dict[str, dict[Where, int]] = field(factory=dict)
    sequences: dict[str, int] = field(factory=dict)

    def create(self, name: str, partitions: int, *, compact: bool) -> None:
        self.topics[name] = [Partition(compact) for _ in range(partitions)]

    def widen(self, name: str, partitions: int) -> None:
        parts = self.topics[name]
        while len(parts) < partitions:
            parts.append(Partition(parts[0].compact))

    def delete(self, name: str) -> None:
        del self.topics[name]
        for stands in self.groups.values():
            for where in [where for where in stands if where[0] == name]:
                del stands[where]

    def at(self, where: Where) -> Partition:
        return self.topics[where[0]][where[1]]

    def wheres(self, name: str) -> list[Where]:
        return [(name, number) for number in range(len(self.topics[name]))]

    def append(self, told: list[tuple[Where, int, Row]]) -> None:
        """Rows of one commit, or several, each at the offset that was told; AssertionError if these are not the next."""
        for where, offset, row in sorted(told, key=lambda one: one[:2]):
            assert offset == self.at(where).end, f"{where}: {offset}, not {self.at(where).end}"
            self.at(where).rows.append(row)

    def passed(self, where: Where, offset: int) -> int:
        return max(offset, self.at(where).begin)

    def stands(self, group: str, where: Where) -> int:
        """Where a group goes on."""
        return self.passed(where, self.groups.get(group, {}).get(where, 0))

    def move(self, group: str, aims: dict[Where, int]) -> None:
        """What stays where it is is not told."""
        for where, aim in aims.items():
            if self.stands(group, where) != aim:
                self.groups.setdefault(group, {})[where] = aim


@define
class Reader:
    """What one consumer knows: where it is, where it thinks that its group is, and where it may have moved it."""

    group: str
    at: dict[Where, int]
    known: dict[Where, int] = field(factory=dict)
    moving: dict[Where, int] = field(factory=dict)

    def fenced(self, model: Model, wheres: list[Where]) -> bool:
        """Whether somebody else moved the group in one of these partitions."""
        return any(
            model.stands(self.group, where)
            not in [
                model.passed(where, one[where]) for one in (self.known, self.moving) if where in one
            ]
            for where in wheres
        )

    def given(self, model: Model, where: Where, rows: list[tuple[int, Row]]) -> None:
        """AssertionError unless these come next: what is passed may be gone, and each is as it was written."""
        part, at = model.at(where), self.at[where]
        for offset, row in rows:
            assert offset >= at, f"{where}: {offset} was given before {at}"
            assert part.gone(at, offset), f"{where}: from {at} to {offset} something is left out"
            assert row == part.rows[offset], f"{where}@{offset}"
            at = offset + 1
        self.at[where] = at
