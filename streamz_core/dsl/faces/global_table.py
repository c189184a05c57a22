"""Global tables: every worker has all rows (Kafka: GlobalKTable)."""

from __future__ import annotations

from typing import TypeVar

from streamz_core.dsl.faces.held import Held

K = TypeVar("K")
V = TypeVar("V")


class GlobalTable(Held[K, V]):
    """A topic as a table of which every worker has all rows, whatever its partitions.

    A stream is joined with it by any key: `stream.join(table, fn, on=lambda value: ...)`.
    """
