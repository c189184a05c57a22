"""What was put and is not in the database: one layer for each commit that is under way."""

from __future__ import annotations

from collections.abc import Iterable

from streamz_core.stores.rows import Changes
from streamz_core.stores.versioned.layout import Latest, Layout, version_place
from streamz_state.keys import newest_start_key, pack_timestamp, pack_version, stamp


class Layer:
    """`latest`: by key, NO_VERSION where there is none any more. `older`: by head the data of rows by
    timestamp, None where there is none any more. `log`: by changelog key what it is given, and when.
    `newest`: the stream time behind it. `swept`: up to which place rows that are over are gone behind it.
    """

    __slots__ = ("latest", "log", "newest", "older", "swept")

    def __init__(self, newest: int, swept: bytes) -> None:
        self.latest: dict[bytes, Latest] = {}
        self.older: dict[bytes, dict[int, bytes | None]] = {}
        self.log: dict[bytes, tuple[bytes | None, int]] = {}
        self.newest = newest
        self.swept = swept

    def above(self) -> Layer:
        """An empty one that goes on from here."""
        return Layer(self.newest, self.swept)

    def put_latest(self, key: bytes, timestamp: int, value: bytes | None) -> None:
        """Another latest version of a key."""
        self.latest[key] = (timestamp, value)

    def put_older(self, head: bytes, timestamp: int, data: bytes | None) -> None:
        """Another older version in a segment, or no such one any more."""
        rows = self.older.get(head)
        if rows is None:
            rows = self.older[head] = {}
        rows[timestamp] = data

    def tell(self, key: bytes, timestamp: int, data: bytes | None) -> None:
        """What the changelog is given of a version; None: it is over."""
        self.log[key + pack_timestamp(timestamp)] = (data, timestamp)

    def take(self, other: Layer) -> None:
        """Everything that a layer above this one has."""
        self.latest.update(other.latest)
        self.log.update(other.log)
        for head, rows in other.older.items():
            self.older.setdefault(head, {}).update(rows)
        self.newest, self.swept = other.newest, other.swept

    def changes(self, layout: Layout, saved: int) -> Changes:
        """What a commit writes. `saved`: the stream time that the database has."""
        told = self.log.values()
        changes = Changes(
            list(self.log), [data for data, _ in told], [timestamp for _, timestamp in told]
        )
        for key, (timestamp, value) in self.latest.items():
            if timestamp < 0:
                changes.deletes.append(layout.latest + key)
            else:
                changes.puts.append((layout.latest + key, stamp(timestamp, pack_version(value))))
        for head, rows in self.older.items():
            for timestamp, data in rows.items():
                if data is None:
                    changes.deletes.append(version_place(head, timestamp))
                else:
                    changes.puts.append((version_place(head, timestamp), data))
        if self.newest > saved:
            changes.puts.append((newest_start_key(layout.prefix), self.newest.to_bytes(8, "big")))
        return changes


def changed(layers: Iterable[Layer], head: bytes) -> dict[int, bytes | None]:
    """What the layers, the lowest first, say of a segment of a key."""
    found: dict[int, bytes | None] = {}
    for layer in layers:
        rows = layer.older.get(head)
        if rows:
            found.update(rows)
    return found
