"""Databases on a disk that is full when a test says so."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.runtime.everywhere import directory
from streamz_core.runtime.state import statedir
from streamz_state import StateFull, open_rocksdb

TEXT = "cannot be written: IO error: No space left on device: While appending to file: 000009.sst"


class Disk:
    """`full`: whether it takes nothing more. As RocksDB is: a database that found no room stays so until it is
    opened again; `opens`: whether that needs no room. `part`: of the paths that are on it.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.opens = False
        self.part = ""
        self.refused = 0
        for module in (statedir, directory):
            patch.setattr(module, "open_rocksdb", self._open)

    def _open(self, path: str, **options: Any) -> _Database:
        if self.takes_nothing(path) and not self.opens:
            self.refuse(path)
        return _Database(self, path, open_rocksdb(path, **options))

    def takes_nothing(self, path: str) -> bool:
        return self.full and self.part in path

    def refuse(self, path: str) -> None:
        self.refused += 1
        raise StateFull(f"{path} {TEXT}")


class _Database:
    """A real one, behind that disk."""

    def __init__(self, disk: Disk, path: str, inner: Any) -> None:
        self._disk, self._path, self._inner = disk, path, inner
        self._stuck = False

    def write(self, *arguments: Any) -> None:
        self._stuck = self._stuck or self._disk.takes_nothing(self._path)
        if self._stuck:
            self._disk.refuse(self._path)
        self._inner.write(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
