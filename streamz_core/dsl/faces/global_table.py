"""Global tables: every worker has all rows (Kafka: GlobalKTable)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from streamz_core.dsl.declared.topics import Store
from streamz_core.dsl.faces.held import Held

K = TypeVar("K")
V = TypeVar("V")


class GlobalTable(Held[K, V]):
    """A topic as a table of which every worker has all rows, whatever its partitions.

    A stream is joined with it by any key: `stream.join(table, fn, on=lambda value: ...)`. Functions read it
    as `store=table.store`.
    """

    @property
    def store(self) -> Store[Mapping[K, V]]:
        """Its rows, for `store=` and `stores=` of any step: a function gets them as a Mapping, to be read."""
        draft = self._draft
        assert draft.name is not None, "it is named by its topic"
        return Store(draft.name, None, None, in_memory=False, owner=draft.owner)
