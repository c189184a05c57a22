"""A database in a directory, on RocksDB. The only file that loads rocksdict.

What the binding (rocksdict 0.3.29) does, and this file works around:
- `items()` and its kin end silently at a corrupt block. Only raw iterators are used, and `status()`
  is asked wherever one becomes invalid.
- `Snapshot.iter()` loses the snapshot and shows newer rows. A raw iterator sees one moment for as
  long as it lives: it serves as the snapshot.
- An iterator keeps the database open, and its directory locked, after `close()`. Each lives in a
  registered view and nowhere else: not on another thread's stack (the view's lock), not in the
  frames of an exception's traceback (dropped before ours is raised).
- An iterator points into the upper bound that it was given: the view keeps that alive. With a lower
  bound and no upper one an iterator finds nothing: lower bounds are not used.
- Reopening takes the column family's options from the OPTIONS file, with a cache of its own, unless
  they are handed over explicitly.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn
from weakref import WeakSet

import rocksdict

from streamz_state.batch import WriteBatch
from streamz_state.errors import (
    StateClosed,
    StateCorrupt,
    StateError,
    StateFull,
    StateLocked,
)
from streamz_state.keys import POSITION_KEY
from streamz_state.logcheck import find_damage
from streamz_state.position import Position, decode_position, encode_position
from streamz_state.view import ViewSnapshot, scan_view

MIB = 1024 * 1024
CACHE_BYTES = 128 * MIB  # blocks and write buffers of all databases of this process together
WRITE_BUFFERS_BYTES = 64 * MIB  # of which write buffers at most; then the largest is flushed
WRITE_BUFFER_BYTES = 8 * MIB
# An empty write buffer takes one arena block: with the default of 1 MiB, 64 idle databases would
# use up all of WRITE_BUFFERS_BYTES.
ARENA_BLOCK_BYTES = MIB // 4
BLOOM_BITS_PER_KEY = 10
# 2 % of 8 MiB are 10 bits for each of 130,000 rows; makes a miss 4 times as fast as no filter.
WRITE_BUFFER_BLOOM_RATIO = 0.02

# As the system says it, and RocksDB passes it on. It writes nothing more until the database is opened again.
NO_ROOM = ("No space left on device", "Disk quota exceeded")
RESTORE = "throw the directory away and restore it from its changelog"

# Open databases, to be made unusable in forked children. One per process by nature.
_open_databases: WeakSet[RocksDatabase] = WeakSet()


class RocksDatabase:
    """Implements Database."""

    def __init__(self, path: str, *, read_only: bool) -> None:
        self._path = path
        self._views: WeakSet[_IteratorView] = WeakSet()
        # Guards opening views against closing. Reads and writes of rows take no lock: rocksdict
        # holds the interpreter's lock in them.
        self._lock = Lock()
        self._rocksdict: rocksdict.Rdict | None = _open(path, read_only=read_only)
        self._get: Callable[[bytes], bytes | None] = self._rocksdict.get
        self._why_closed = ""
        _open_databases.add(self)

    def get(self, key: bytes) -> bytes | None:
        try:
            return self._get(key)
        except Exception as error:  # noqa: BLE001  rocksdict raises nothing more special
            failure = self._explain("read", error)
        raise failure

    def scan(
        self, start: bytes, end: bytes | None, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        return scan_view(self._view(end), start, end, reverse=reverse)

    @property
    def position(self) -> Position | None:
        row = self.get(POSITION_KEY)
        return None if row is None else decode_position(row)

    def write(self, batch: WriteBatch, position: Position | None) -> None:
        rows = rocksdict.WriteBatch(raw_mode=True)
        for start, end in batch.ranges:
            if start < end:  # RocksDB refuses others
                rows.delete_range(start, end)
        for key in batch.deletes:
            del rows[key]
        for key, value in batch.puts:
            rows[key] = value
        if position is not None:
            rows[POSITION_KEY] = encode_position(position)
        try:
            self._require_open().write(rows)
        except Exception as error:  # noqa: BLE001  rocksdict raises nothing more special
            failure = self._explain("written", error)
        else:
            return
        raise failure

    def snapshot(self) -> ViewSnapshot:
        return ViewSnapshot(self._view(None))

    def close(self) -> None:
        with self._lock:
            database = self._rocksdict
            if database is None:
                return
            self._refuse_from_now_on(f"{self._path} is closed")
            views = list(self._views)
        for view in views:
            view.close()
        try:
            database.close()
        except Exception as error:  # noqa: BLE001  rocksdict raises nothing more special
            failure = _explain(self._path, "flushed", error)
        else:
            return
        raise failure

    def leave_to_parent(self) -> None:
        """For a forked child: neither use the handles nor destroy them, both can hang."""
        if self._rocksdict is None:
            return
        _never_destroy(self._rocksdict)
        for view in list(self._views):
            view.leave_to_parent()
        self._refuse_from_now_on(
            f"{self._path} was opened before this process was forked; start processes by spawn"
        )

    def _refuse_from_now_on(self, why: str) -> None:
        self._why_closed = why
        self._get = partial(_refuse, why)
        self._rocksdict = None

    def _require_open(self) -> rocksdict.Rdict:
        if self._rocksdict is None:
            raise StateClosed(self._why_closed)
        return self._rocksdict

    def _view(self, end: bytes | None) -> _IteratorView:
        """The moment of this call. The bound spares a walk through deleted rows behind it."""
        options = rocksdict.ReadOptions()
        if end is not None:
            options.set_iterate_upper_bound(end)
        with self._lock:
            iterator = self._require_open().iter(options)
            view = _IteratorView(self._path, iterator, options)
            self._views.add(view)
            return view

    def _explain(self, doing: str, error: Exception) -> StateError:
        if self._rocksdict is None and not isinstance(error, StateError):
            return StateClosed(self._why_closed)
        return _explain(self._path, doing, error)


class _IteratorView:
    """A moment held by one RocksDB iterator; its lock makes each call whole."""

    def __init__(
        self, path: str, iterator: rocksdict.RdictIter, options: rocksdict.ReadOptions
    ) -> None:
        self._path = path
        self._iterator: rocksdict.RdictIter | None = iterator
        self._options = options  # owns the bound that the iterator points into
        self._lock = Lock()

    def get(self, key: bytes) -> bytes | None:
        rows = self.rows(key, key + b"\x00", reverse=False, limit=1)
        return rows[0][1] if rows else None

    def rows(
        self, start: bytes, end: bytes | None, *, reverse: bool, limit: int
    ) -> list[tuple[bytes, bytes]]:
        read = _read_backward if reverse else _read_forward
        with self._lock:
            if self._iterator is None:
                raise StateClosed(f"{self._path}, or this snapshot or scan of it, is closed")
            try:
                return read(self._iterator, start, end, limit)
            except Exception as error:  # noqa: BLE001  rocksdict raises nothing more special
                failure = _explain(self._path, "scanned", error)
        raise failure

    def close(self) -> None:
        with self._lock:
            self._iterator = None

    def leave_to_parent(self) -> None:
        if self._iterator is not None:
            _never_destroy(self._iterator)
        self._iterator = None
        self._lock = Lock()  # a thread that is not here may have held the old one


def _read_forward(
    iterator: rocksdict.RdictIter, start: bytes, end: bytes | None, limit: int
) -> list[tuple[bytes, bytes]]:
    rows: list[tuple[bytes, bytes]] = []
    key_here, value_here, advance = iterator.key, iterator.value, iterator.next
    iterator.seek(start)
    while len(rows) < limit:
        key = key_here()
        if key is None:
            iterator.status()
            break
        if end is not None and key >= end:
            break
        rows.append((key, value_here()))
        advance()
    return rows


def _read_backward(
    iterator: rocksdict.RdictIter, start: bytes, end: bytes | None, limit: int
) -> list[tuple[bytes, bytes]]:
    rows: list[tuple[bytes, bytes]] = []
    key_here, value_here, advance = iterator.key, iterator.value, iterator.prev
    if end is None:
        iterator.seek_to_last()
    else:
        iterator.seek_for_prev(end)
        if key_here() == end:
            advance()
    while len(rows) < limit:
        key = key_here()
        if key is None:
            iterator.status()
            break
        if key < start:
            break
        rows.append((key, value_here()))
        advance()
    return rows


# ---- opening


def _open(path: str, *, read_only: bool) -> rocksdict.Rdict:
    directory = Path(path)
    try:
        if read_only:
            if not (directory / "CURRENT").exists():
                raise StateError(f"there is no database in {path}; nothing was stored there yet")
            access = rocksdict.AccessType.read_only(error_if_log_file_exist=False)
        else:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            access = rocksdict.AccessType.read_write()
        _check_logs(directory)
        options = _options()
        return rocksdict.Rdict(path, options, {"default": options}, access)
    except Exception as error:  # noqa: BLE001  rocksdict raises nothing more special
        failure = _explain(path, "opened", error)
    raise failure


def _check_logs(directory: Path) -> None:
    wals = sorted(directory.glob("*.log"), key=lambda file: int(file.stem))
    for file in (*directory.glob("MANIFEST-*"), *wals):
        position = find_damage(file.read_bytes(), may_be_torn=file in wals[-1:])
        if position is not None:
            damage = f"{file.name} is damaged at byte {position}"
            raise StateCorrupt(f"{directory} cannot be opened: {damage}; {RESTORE}", damage)


@cache
def _memory() -> tuple[rocksdict.Cache, rocksdict.WriteBufferManager]:
    """What all databases of this process share."""
    blocks = rocksdict.Cache(CACHE_BYTES)
    buffers = rocksdict.WriteBufferManager.new_write_buffer_manager_with_cache(
        WRITE_BUFFERS_BYTES, allow_stall=False, cache=blocks
    )
    return blocks, buffers


def _options() -> rocksdict.Options:
    blocks, buffers = _memory()
    tables = rocksdict.BlockBasedOptions()
    tables.set_block_cache(blocks)
    tables.set_bloom_filter(BLOOM_BITS_PER_KEY, block_based=False)
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(create_if_missing=True)
    options.set_block_based_table_factory(tables)
    options.set_write_buffer_manager(buffers)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_arena_block_size(ARENA_BLOCK_BYTES)
    options.set_memtable_whole_key_filtering(whole_key_filter=True)
    options.set_memtable_prefix_bloom_ratio(WRITE_BUFFER_BLOOM_RATIO)
    # The default recovers to the last good record and says nothing of what lay behind it.
    options.set_wal_recovery_mode(rocksdict.DBRecoveryMode.tolerate_corrupted_tail_records())
    options.set_keep_log_file_num(2)
    options.set_stats_dump_period_sec(0)
    options.set_stats_persist_period_sec(0)
    return options


# ---- errors


def _refuse(why: str, _key: bytes) -> NoReturn:
    raise StateClosed(why)


def _explain(path: str, doing: str, error: Exception) -> StateError:
    """The error to raise for one of rocksdict's, which differ by their text only."""
    if isinstance(error, StateError):
        return error
    text = str(error)
    if text.startswith("Corruption"):
        return StateCorrupt(f"{path} cannot be {doing}: {text}; {RESTORE}", text)
    if doing == "opened" and text.startswith("IO error: No such file"):  # one that another names
        return StateCorrupt(f"{path} cannot be opened: {text}; {RESTORE}", text)
    if text.startswith(("IO error: lock hold by", "IO error: While lock file")):
        return StateLocked(
            f"{path} cannot be {doing}: another database object or process has it open ({text}); "
            "close it there, or use another directory"
        )
    if any(said in text for said in NO_ROOM):
        return StateFull(f"{path} cannot be {doing}: {text}; make room on its disk")
    return StateError(f"{path} cannot be {doing}: {text}")


# ---- forked children


def _never_destroy(handle: Any) -> None:
    """Keep `handle` for ever: in a forked child its destructor waits for threads it has not."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))


def _leave_all_to_parent() -> None:
    for database in list(_open_databases):
        database.leave_to_parent()
    _exit_without_destructors()


def _exit_without_destructors() -> None:
    """RocksDB's last one waits for its threads, too: for ever since glibc 2.43 (2.36 did not)."""
    libc = ctypes.CDLL(None)
    if hasattr(
        libc, "on_exit"
    ):  # glibc's, and Python has finished by then; others have no such call
        libc.on_exit(libc._exit, None)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_leave_all_to_parent)
