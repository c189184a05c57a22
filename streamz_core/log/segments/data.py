"""Data files: the payload of one writer, appended and never changed; and reading ranges of them.

A block is what one commit wrote: magic 4 | bytes 4 | witness lsn 8 | witness hash 16 | crc32 of these 4,
then the batches. The witness is the newest commit known to be durable when the block was written.
"""

from __future__ import annotations

import errno
import struct
from collections import OrderedDict
from collections.abc import Iterator
from zlib import crc32

from streamz_core.env.door import Env, File, Lock
from streamz_core.errors import Corrupt
from streamz_core.log.chain.copies import Copies, Healed
from streamz_core.log.chain.layout import Layout, append_all
from streamz_core.log.limits import Limits
from streamz_core.log.segments.writing import hold

MAGIC = b"\xc5SZD"
_BLOCK = struct.Struct("<4sIQ16s")
_CRC = struct.Struct("<I")
BLOCK_BYTES = _BLOCK.size + _CRC.size
OPEN_FILES = 64


class Gone(Corrupt):
    """A file is not there: sealed elsewhere since the chain was looked at, or missing."""


class DataWriter:
    """The data files of this incarnation; a file is made when it is first needed."""

    def __init__(self, env: Env, layout: Layout, incarnation: bytes, limits: Limits) -> None:
        self.number = 0
        self.unsynced = False  # whether what was written last may not be on the disk
        self._env = env
        self._layout = layout
        self._incarnation = incarnation
        self._limits = limits
        self._file: File | None = None
        self._lock: Lock | None = None  # as long as what it wrote may still be named

    def write(self, payload: bytes, witness: tuple[int, bytes]) -> tuple[int, int]:
        """(file number, position of `payload`) once all of it is written; OSError leaves garbage."""
        file = self._file
        # The file itself is asked how far it goes: whatever failed before, nobody else writes it.
        at = 0 if file is None else file.size()
        if file is None or at > self._limits.data_file_bytes:
            file, at = self._roll(), 0
        head = _BLOCK.pack(MAGIC, len(payload), *witness)
        self.unsynced = True
        append_all(file, head + _CRC.pack(crc32(head)) + payload)
        return self.number, at + BLOCK_BYTES

    def datasync(self) -> None:
        """Everything written is durable, or OSError."""
        if self._file is not None:
            self._file.datasync()
        self.unsynced = False

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _roll(self) -> File:
        """The next file, used only once its name is durable: a number is never tried twice."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.number += 1
        path = self._layout.data_file(self._incarnation, self.number)
        folder = self._layout.data_of(self._incarnation)
        if self._lock is None:
            self._env.make_dirs(folder)
            self._env.sync_dir(self._layout.data)
            # Before there is any file: whoever clears up asks for it.
            self._lock = hold(self._env, self._layout.writer_lock(self._incarnation))
        file = self._env.create(path)
        self._env.sync_dir(folder)
        self._file = file
        return file


def witnesses(env: Env, path: str, begin: int = 0) -> Iterator[tuple[int, bytes]]:
    """The witness of each block of a data file, up to the first that is damaged. `begin`: those before are of no
    interest, if the file ends or a block begins there."""
    file = env.open(path)
    try:
        at = begin if begin == file.size() or _block(file, begin) else 0
        while (block := _block(file, at)) is not None:
            size, lsn, hash_ = block
            yield lsn, hash_
            at += BLOCK_BYTES + size
    finally:
        file.close()


def _block(file: File, at: int) -> tuple[int, int, bytes] | None:
    """(bytes, witness lsn and hash) that the head of a block says, if one is there."""
    data = file.pread(BLOCK_BYTES, at)
    if len(data) < BLOCK_BYTES:
        return None
    magic, size, lsn, hash_ = _BLOCK.unpack_from(data)
    if magic != MAGIC or _CRC.unpack_from(data, _BLOCK.size)[0] != crc32(data[:-4]):
        return None
    return size, lsn, hash_


class DataReader:
    """Reads ranges; keeps the files it read last open."""

    def __init__(self, env: Env, layout: Layout, copies: Copies | None = None) -> None:
        """`copies`: from where those are read that travelled in a record and rotted there."""
        self.healed: list[Healed] = []
        self._env = env
        self._layout = layout
        self._copies = copies
        self._open: OrderedDict[tuple[bytes, int], File] = OrderedDict()

    def read(
        self, file: tuple[bytes, int], position: int, size: int, crc: int, lsn: int = 0
    ) -> bytes:
        """The bytes of one range of (incarnation, number), which record `lsn` names; ("", segment) is a commit segment.
        Corrupt."""
        try:
            data = self._read(file, position, size)
            if len(data) != size or crc32(data) != crc:
                raise Corrupt(
                    f"{self.path(file)} at {position}: {len(data)} of {size} bytes, and not those that were "
                    "committed. Nothing was changed: restore the file from a copy"
                )
        except Corrupt as error:
            healed = self._from_copy(file, position, size, lsn, error)
            if healed is None or crc32(healed) != crc:
                raise
            return healed
        return data

    def _read(self, file: tuple[bytes, int], position: int, size: int) -> bytes:
        try:
            return self._file(file).pread(size, position)
        except FileNotFoundError as error:
            raise Gone(f"{self.path(file)} is missing, and commits refer to it") from error
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            raise Corrupt(
                f"{self.path(file)} at {position}: the disk cannot read it: {error}"
            ) from error

    def _from_copy(
        self, file: tuple[bytes, int], position: int, size: int, lsn: int, rotten: Corrupt
    ) -> bytes | None:
        incarnation, segment = file
        if incarnation or self._copies is None:
            return None
        try:
            copy = self._copies.payload(lsn, segment, position, size)
        except OSError as error:
            raise rotten from error
        if copy is None:
            return None
        self.healed.append(Healed(lsn, self.path(file), copy[0].path))
        return copy[1]

    def path(self, file: tuple[bytes, int]) -> str:
        """Where the file lies."""
        incarnation, number = file
        if incarnation:
            return self._layout.data_file(incarnation, number)
        return self._layout.segment(number)

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _file(self, file: tuple[bytes, int]) -> File:
        found = self._open.get(file)
        if found is None:
            found = self._open[file] = self._env.open(self.path(file))
            if len(self._open) > OPEN_FILES:
                self._open.popitem(last=False)[1].close()
        return found
