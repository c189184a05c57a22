"""Names of files in memory: a file system without contents, for the worlds that are not real."""

from __future__ import annotations

import errno
import os
from typing import Generic, TypeVar

N = TypeVar("N")

ROOT = "/"


def failure(number: int, path: str) -> OSError:
    """The OSError of that errno, of the subclass Python raises for it."""
    return OSError(number, os.strerror(number), path)


class Tree(Generic[N]):
    """Directories and the nodes in them. A node may have several names; the tree only knows names."""

    def __init__(self) -> None:
        # None stands for a directory, whose own names are under its path.
        self._folders: dict[str, dict[str, N | None]] = {ROOT: {}}

    def get(self, path: str) -> N:
        """The file of that name; ENOENT, EISDIR."""
        node = self._folder(path).get(_name(path))
        if node is None:
            raise failure(errno.EISDIR if path in self._folders else errno.ENOENT, path)
        return node

    def find(self, path: str) -> N | None:
        """The file of that name, or None."""
        folder = self._folders.get(parent(path))
        return None if folder is None else folder.get(_name(path))

    def exists(self, path: str) -> bool:
        """Whether there is a file or directory of that name."""
        return path in self._folders or self.find(path) is not None

    def is_folder(self, path: str) -> bool:
        """Whether there is a directory of that name."""
        return path in self._folders

    def names(self, path: str) -> list[str]:
        """Names in a directory, sorted; empty if it does not exist. ENOTDIR for a file."""
        if path not in self._folders and self.find(path) is not None:
            raise failure(errno.ENOTDIR, path)
        return sorted(self._folders.get(path, ()))

    def files(self) -> list[tuple[str, N]]:
        """Every (path, file), sorted by path."""
        return sorted(
            (
                (join(folder, name), node)
                for folder, names in self._folders.items()
                for name, node in names.items()
                if node is not None
            ),
            key=lambda found: found[0],
        )

    def add(self, path: str, node: N) -> None:
        """A new name; EEXIST if it is taken, ENOENT without its directory."""
        folder = self._folder(path)
        if self.exists(path):
            raise failure(errno.EEXIST, path)
        folder[_name(path)] = node

    def replace(self, source: str, target: str) -> N | None:
        """Move a name over another; the file that lost its name, if one did."""
        node = self.get(source)
        if target in self._folders:
            raise failure(errno.EISDIR, target)
        folder = self._folder(target)
        lost = folder.get(_name(target))
        if lost is node:
            return None  # two names of one file: rename(2) leaves both
        del self._folder(source)[_name(source)]
        folder[_name(target)] = node
        return lost

    def move_folder(self, source: str, target: str) -> None:
        """Another path for a directory and all below it, where nothing is; EEXIST, ENOENT without its directory."""
        if self.exists(target):
            raise failure(errno.EEXIST, target)
        self._folder(target)[_name(target)] = None
        del self._folder(source)[_name(source)]
        for path in [each for each in self._folders if f"{each}/".startswith(f"{source}/")]:
            self._folders[target + path[len(source) :]] = self._folders.pop(path)

    def remove(self, path: str) -> N:
        """Forget a file's name."""
        node = self.get(path)
        del self._folder(path)[_name(path)]
        return node

    def make_folders(self, path: str) -> list[str]:
        """The directory and its parents; those that are new, outermost first."""
        fresh: list[str] = []
        while path not in self._folders:
            if self.find(path) is not None:
                raise failure(errno.EEXIST, path)
            fresh.append(path)
            path = parent(path)
        fresh.reverse()
        for folder in fresh:
            self._folders[parent(folder)][_name(folder)] = None
            self._folders[folder] = {}
        return fresh

    def remove_folder(self, path: str) -> None:
        """Forget an empty directory; ENOTEMPTY."""
        if self._folders[path]:
            raise failure(errno.ENOTEMPTY, path)
        del self._folders[path]
        del self._folders[parent(path)][_name(path)]

    def below(self, path: str) -> list[str]:
        """Every path in a directory, itself last, so that each can be removed in turn."""
        found: list[str] = []
        for name, node in self._folders.get(path, {}).items():
            inside = join(path, name)
            found.extend(self.below(inside) if node is None else [inside])
        return [*found, path] if path in self._folders else found

    def _folder(self, path: str) -> dict[str, N | None]:
        folder = self._folders.get(parent(path))
        if folder is None:
            raise failure(errno.ENOENT, path)
        return folder


def parent(path: str) -> str:
    """The directory a path is in."""
    return path.rpartition("/")[0] or ROOT


def join(folder: str, name: str) -> str:
    """The path of a name in a directory."""
    return f"/{name}" if folder == ROOT else f"{folder}/{name}"


def _name(path: str) -> str:
    return path.rpartition("/")[2]
