"""Stores as tests see them: a mapping of what was committed, and what a worker would answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streamz_core.errors import CodecError, Misuse
from streamz_core.query.pages import merged_rows
from streamz_core.query.verbs import OneWindow, Question, Range, Windows
from streamz_core.record import VersionedRecord
from streamz_core.stores.kind import CommittedRows, CommittedVersions
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.nodes import StoreSpec


class StoreUnderTest(Mapping[Any, Any]):
    """A store as it was when it was asked for: a value for each key, of window stores for each Windowed.

    Keys are what their codec makes of them: 1 and True are two. `range`, `windows` and `window` ask it as
    a worker is asked, as it is then: the same rows in the same order. Misuse for what its kind cannot be asked.
    """

    def __init__(
        self,
        spec: StoreSpec,
        parts: Sequence[CommittedRows],
        versions: Sequence[CommittedVersions] | None = None,
    ) -> None:
        self._spec = spec
        self._parts = parts
        self._versions = versions
        self._key = key = kind_of(spec).row_key(spec)
        self._rows = [row for part in parts for row in part.all()]
        # Functions may write one key in several partitions: the first one counts.
        self._by_key = {key.encode(row[0]): row for row in reversed(self._rows)}

    def rows(self) -> list[tuple[Any, ...]]:
        """(key, value, timestamp), keys of window stores Windowed; (key, value) of declared stores."""
        return self._rows

    def range(  # noqa: PLR0913 - what a range may be told
        self,
        low: Any = None,
        high: Any = None,
        *,
        prefix: Any = None,
        time_from: int = 0,
        time_to: int | None = None,
        reverse: bool = False,
    ) -> list[tuple[Any, ...]]:
        """The rows with low <= key <= high, as `rows` has them, in the store's order; those whose key begins
        with `prefix`; of windows those that start in [time_from, time_to], of sessions those that touch it.
        CodecError if keys of its type have no prefixes.
        """
        question = Range(
            store=self._spec.name,
            low=low,
            high=high,
            prefix=prefix,
            time_from=time_from,
            time_to=time_to,
            reverse=reverse,
        )
        return self._asked(question)

    def windows(
        self, key: Any, time_from: int = 0, time_to: int | None = None, *, reverse: bool = False
    ) -> list[tuple[Any, ...]]:
        """The windows of a key that start in [time_from, time_to], the earliest first; of sessions those
        that end at `time_from` or later and begin at `time_to` or earlier.
        """
        store = self._spec.name
        return self._asked(
            Windows(store=store, key=key, time_from=time_from, time_to=time_to, reverse=reverse)
        )

    def window(self, key: Any, start: int, end: int | None = None) -> tuple[Any, ...] | None:
        """The window of a key that starts at `start`, or None; of sessions the one that ends at `end` too."""
        found = self._asked(OneWindow(store=self._spec.name, key=key, start=start, end=end))
        return found[0] if found else None

    def _asked(self, question: Question) -> list[tuple[Any, ...]]:
        spec, kind = self._spec, kind_of(self._spec)
        lacking = question.lacks(kind)
        if not question.fits(kind) or lacking:
            wanted = f"say {lacking}= too" if lacking else "ask range(), or for a key"
            raise Misuse(f"store {spec.name} is of kind {kind.name}: {wanted}")
        return list(merged_rows(spec, self._parts, question))

    def as_of(self, key: Any, time: int) -> VersionedRecord[Any] | None:
        """Of a versioned store what a row was at that time, None if there was none or nobody knows any more;
        looked up when it is asked. Misuse for a store of another kind.
        """
        found = (row for part in self._versioned() for row in part.as_of(key, time))
        return next((VersionedRecord(*row[1:]) for row in found), None)

    def versions(
        self, key: Any, time_from: int = 0, time_to: int | None = None
    ) -> list[VersionedRecord[Any]]:
        """Of a versioned store what a row was at any time between, both included, the earliest first; looked
        up when it is asked. Misuse for a store of another kind.
        """
        parts = self._versioned()
        found = (row for part in parts for row in part.versions(key, time_from, time_to))
        return [VersionedRecord(*row[1:]) for row in found]

    def _versioned(self) -> Sequence[CommittedVersions]:
        if self._versions is None:
            raise Misuse(
                'this store knows only what its rows are: materialized=versioned(history="...") keeps what they were'
            )
        return self._versions

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._by_key[self._key.encode(key)][1]
        except (KeyError, CodecError):  # what its codec does not take is not in it
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[Any]:
        return (row[0] for row in reversed(self._by_key.values()))

    def __len__(self) -> int:
        return len(self._by_key)
