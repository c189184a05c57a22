"""Where a backup lies: a directory, or a tar file if its name ends so."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterable, Iterator
from typing import IO, Protocol

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt
from streamz_core.log.backups.contents import PATHS, Piece
from streamz_core.log.chain.layout import append_all

CHUNK_BYTES = 1 << 20
TAR = ".tar"
PARTIAL = ".partial"
MODE = 0o600
_DEPTHS = {
    "commit": 1,
    "copies": 1,
    "ckpt": 1,
    "data": 2,
    "part": 3,
}  # of the files in a folder of a log

Entry = tuple[str, Iterable[bytes]]
"""(path below the directory of the log, the bytes of the file in pieces)"""


class Target(Protocol):
    """Something that takes the files of a backup, one after the other."""

    def add(self, piece: Piece, content: Iterable[bytes]) -> int:
        """How many bytes there were."""
        ...

    def close(self) -> None:
        """All is there, and on the disk."""
        ...

    def abandon(self) -> None:
        """Nothing is written any more; `discard` takes away what was begun."""
        ...


class Folder:
    """A directory like that of a log."""

    def __init__(self, env: Env, path: str) -> None:
        self._env = env
        self._path = path
        self._folders = {path}
        env.make_dirs(path)

    def add(self, piece: Piece, content: Iterable[bytes]) -> int:
        path = f"{self._path}/{piece.path}"
        folder = path.rpartition("/")[0]
        self._env.make_dirs(folder)
        while folder not in self._folders:
            self._folders.add(folder)
            folder = folder.rpartition("/")[0]
        file = self._env.create(path)
        try:
            for data in content:
                append_all(file, data)
            file.datasync()
            return file.size()
        finally:
            file.close()

    def close(self) -> None:
        for folder in sorted(self._folders, key=len, reverse=True):
            self._env.sync_dir(folder)

    def abandon(self) -> None:
        pass  # its files are closed, one by one


class Tar:
    """A tar file, which has its name when it is whole."""

    def __init__(self, env: Env, path: str) -> None:
        self._env = env
        self._path = path
        self._file = env.create(f"{path}{PARTIAL}")
        self._writing = _Writing(self._file)
        self._tar = tarfile.open(fileobj=self._writing, mode="w|")  # noqa: SIM115 - closed by close

    def add(self, piece: Piece, content: Iterable[bytes]) -> int:
        entry = tarfile.TarInfo(piece.path)
        entry.size, entry.mode = piece.bytes, MODE
        self._tar.addfile(entry, _Content(content))
        return piece.bytes

    def close(self) -> None:
        self._tar.close()
        self._file.datasync()
        self._file.close()
        self._env.rename(f"{self._path}{PARTIAL}", self._path)
        self._env.sync_dir(self._path.rpartition("/")[0] or "/")

    def abandon(self) -> None:
        self._writing.over = True
        self._file.close()


def target(env: Env, path: str) -> Target:
    """What writes a backup there, where nothing is yet."""
    return Tar(env, path) if path.endswith(TAR) else Folder(env, path)


def discard(env: Env, path: str) -> None:
    """Take away what there is of a backup that was begun."""
    if path.endswith(TAR):
        with contextlib.suppress(FileNotFoundError):
            env.unlink(f"{path}{PARTIAL}")
    else:
        env.remove_tree(path)


def entries(env: Env, path: str) -> Iterator[Entry]:
    """The files of a backup. Corrupt for what is none of a backup: no name in it becomes a path unseen."""
    try:
        for name, content in _of_tar(env, path) if path.endswith(TAR) else _of_folder(env, path):
            if not PATHS.fullmatch(name):
                raise Corrupt(
                    f"{path} holds {name[:80]!r}, which no backup does. Nothing was restored"
                )
            yield name, content
    except (NotADirectoryError, IsADirectoryError) as error:
        raise Corrupt(
            f"{path} is no backup: those are directories as of a log, or files whose names end in {TAR}. Nothing "
            "was restored"
        ) from error


def pieces_of(file: File, size: int | None = None) -> Iterator[bytes]:
    """The bytes of a file, or the first `size` of them; Corrupt if there are not so many."""
    at = 0
    while size is None or at < size:
        data = file.pread(CHUNK_BYTES if size is None else min(CHUNK_BYTES, size - at), at)
        if not data and size is None:
            return
        if not data:
            raise Corrupt(
                f"a file of the log has {at} bytes and not {size}, which commits refer to"
            )
        at += len(data)
        yield data


def _of_folder(env: Env, path: str) -> Iterator[Entry]:
    for name in _walk(env, path):
        file = env.open(f"{path}/{name}")
        try:
            yield name, pieces_of(file)
        finally:
            file.close()


def _walk(env: Env, path: str) -> Iterator[str]:
    for name in env.list(path):
        yield from _below(env, path, name, _DEPTHS.get(name, 0))


def _below(env: Env, path: str, name: str, depth: int) -> Iterator[str]:
    if not depth:
        yield name
        return
    for each in env.list(f"{path}/{name}"):
        yield from _below(env, path, f"{name}/{each}", depth - 1)


def _of_tar(env: Env, path: str) -> Iterator[Entry]:
    file = env.open(path)
    try:
        with tarfile.open(fileobj=_Reading(file), mode="r|") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None:
                    raise Corrupt(f"{path} holds {entry.name[:80]!r}, which is no plain file")
                yield entry.name, _chunks(path, content)
    except tarfile.TarError as error:
        raise _no_tar(path, error) from error
    finally:
        file.close()


def _chunks(path: str, content: IO[bytes]) -> Iterator[bytes]:
    """They are read by whoever takes the entry: what `_of_tar` catches is not raised there."""
    try:
        while data := content.read(CHUNK_BYTES):
            yield data
    except tarfile.TarError as error:
        raise _no_tar(path, error) from error


def _no_tar(path: str, error: tarfile.TarError) -> Corrupt:
    return Corrupt(f"{path} is no tar file, or the beginning of one: {error}. Nothing was restored")


class _Writing(io.RawIOBase):
    """A file of the door as tarfile takes it. `over`: what it writes when it is forgotten goes nowhere."""

    def __init__(self, file: File) -> None:
        self._file = file
        self.over = False

    def write(self, data: object) -> int:
        written = bytes(data)  # type: ignore[call-overload]
        if not self.over:
            append_all(self._file, written)
        return len(written)


class _Reading(io.RawIOBase):
    """The same, to be read from its beginning."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        data = self._file.pread(size if size >= 0 else CHUNK_BYTES, self._at)
        self._at += len(data)
        return data


class _Content(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content = iter(content)
        self._left = b""

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            data = next(self._content, b"")
            if not data:
                break
            self._left += data
        found, self._left = self._left[:size], self._left[size:]
        return found
