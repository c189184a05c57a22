"""The two ways to get a database. RocksDB is loaded by the first call that needs it."""

from streamz_state.database import Database
from streamz_state.memory import MemoryDatabase


def open_memory() -> Database:
    """A new, empty database in memory."""
    return MemoryDatabase()


def open_rocksdb(path: str, *, read_only: bool = False) -> Database:
    """The RocksDB database in directory `path`, created if there is none.

    With `read_only` nothing is created (StateError if there is no database), no lock is taken and
    writing raises StateError: only for directories that nobody writes to.

    StateLocked: somebody has it open. StateCorrupt: its files are damaged. StateError: permission,
    disk full, too many open files.
    """
    # Loading RocksDB costs time and memory, which apps with stores in memory need not pay.
    from streamz_state.rocksdb import RocksDatabase

    return RocksDatabase(path, read_only=read_only)
