"""The overlay of a store of subscribers: rows key -> value that are also asked for by foreign key."""

from __future__ import annotations

from streamz_core.stores.keyed.overlay import KeyValueStore
from streamz_core.stores.rows import ROWS_MAX, VALUE, Changes, Reader, Row
from streamz_core.stores.subscribed.rows import head_of, split_key
from streamz_core.topology.nodes import StoreSpec
from streamz_state.keys import prefix_end, unstamp


class SubscribedStore(KeyValueStore):
    """Rows of digests by (foreign key, primary key).

    Of each foreign key it knows which subscribers were written and may not be in the database yet, or all
    where the rows in memory are the whole. It may know more than there are: what a row is, the rows say.
    """

    def __init__(
        self, spec: StoreSpec, number: int, database: Reader, *, rows_max: int = ROWS_MAX
    ) -> None:
        super().__init__(spec, number, database, stamped=True, rows_max=rows_max)
        self._written: dict[bytes, set[bytes]] = {}

    def note(self, foreign: bytes, primary: bytes, row: Row) -> None:
        """A row refers to this foreign key, or if `row` has no value does so no more."""
        self._written.setdefault(foreign, set()).add(primary)
        self.live.put(head_of(foreign) + primary, row)

    def subscribers(self, foreign: bytes) -> list[tuple[bytes, bytes]]:
        """(primary key, digest) of the rows that refer to this key, in order of primary keys."""
        head = head_of(foreign)
        saved = {} if self.live.whole else self._saved(head)
        found = []
        for primary in sorted(self._written.get(foreign, set()).union(saved)):
            digest = self._digest(head + primary, saved.get(primary))
            if digest is not None:
                found.append((primary, digest))
        return found

    def _saved(self, head: bytes) -> dict[bytes, bytes]:
        """Rows of the database, by primary key."""
        start = self.prefix + head
        rows = self.database.scan(start, prefix_end(start))
        return {place[len(start) :]: data for place, data in rows}

    def _digest(self, key: bytes, saved: bytes | None) -> bytes | None:
        row = self.live.get(key)
        if row is None and self._outer is not None:
            row = self._outer.get(key)
        if row is None:
            return None if saved is None else unstamp(saved)[1]
        digest: bytes | None = row[VALUE]
        return digest

    def committed(self) -> None:
        super().committed()
        if not self.live.whole:
            self._written.clear()
            for rows in (*self._sealed, self.live.dirty):
                for foreign, primary in map(split_key, rows):
                    self._written.setdefault(foreign, set()).add(primary)

    def restored(
        self, keys: list[bytes], values: list[bytes | None], timestamps: list[int]
    ) -> Changes:
        self._written.clear()
        return super().restored(keys, values, timestamps)
