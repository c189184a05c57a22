"""The `durable` file: the newest record known to be synced. A hint: it counts only if it is on our chain."""

from __future__ import annotations

import contextlib
import errno
import struct
from zlib import crc32

from streamz_core.env.door import Env
from streamz_core.log.chain.frame import ZERO
from streamz_core.log.chain.layout import Layout

_HINT = struct.Struct("<Q16sI")  # lsn, hash, crc32 of these
_BODY = struct.Struct("<Q16s")


def read_hint(env: Env, layout: Layout) -> tuple[int, bytes]:
    """The record the file names; (0, zeros) if the file says nothing."""
    try:
        data = env.read(layout.durable)
    except FileNotFoundError:
        return 0, ZERO
    return _decode(data)


def encode(record: tuple[int, bytes]) -> bytes:
    """The bytes of the file that names this record."""
    body = _BODY.pack(*record)
    return body + struct.pack("<I", crc32(body))


def _decode(data: bytes) -> tuple[int, bytes]:
    if len(data) < _HINT.size:
        return 0, ZERO
    lsn, hash_, crc = _HINT.unpack_from(data)
    return (lsn, hash_) if crc32(data[: _BODY.size]) == crc else (0, ZERO)


class Hint:
    """The file, open."""

    def __init__(self, env: Env, layout: Layout) -> None:
        with contextlib.suppress(FileExistsError):
            env.create(layout.durable).close()
        self._file = env.open(layout.durable, write=True)

    def read(self) -> tuple[int, bytes]:
        """The record it names."""
        return _decode(self._file.pread(_HINT.size, 0))

    def write(self, record: tuple[int, bytes]) -> None:
        """Name this record, never an older one than it does; on a full disk it stays as it is.

        A hint that is ahead of the chain is the only witness of what a damaged log has lost.
        """
        if self.read()[0] >= record[0]:
            return
        try:
            self._file.pwrite(encode(record), 0)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def close(self) -> None:
        self._file.close()
