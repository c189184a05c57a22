"""The state house: ordered rows of bytes on disk or in memory, with the commit they belong to."""

from streamz_state.batch import WriteBatch
from streamz_state.database import Database, Reader, Snapshot
from streamz_state.errors import StateClosed, StateCorrupt, StateError, StateFull, StateLocked
from streamz_state.opener import open_memory, open_rocksdb
from streamz_state.position import Position

__all__ = [
    "Database",
    "Position",
    "Reader",
    "Snapshot",
    "StateClosed",
    "StateCorrupt",
    "StateError",
    "StateFull",
    "StateLocked",
    "WriteBatch",
    "open_memory",
    "open_rocksdb",
]
