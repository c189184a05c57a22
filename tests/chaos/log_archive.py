"""Commit segments that a janitor removed, for the oracle, who reads a log from its beginning all the same."""

from typing import Any

from attrs import define

from streamz_core.env.door import Env
from streamz_core.log.upkeep.upkeep import Upkeep


class Archive:
    """Segments by path, as they were when they were found to be needed by nobody."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def follow(self, upkeep: Upkeep, env: Env) -> None:
        """Keep what this janitor will remove. `env`: the door through which the oracle looks."""
        forgetting = upkeep._burying._forgetting
        choose = forgetting.paths

        def paths() -> list[str]:
            found = choose()
            for path in found:
                if path not in self.kept and env.exists(path):
                    self.kept[path] = env.read(path)
            return found

        forgetting.paths = paths

    def door(self, env: Env) -> Any:
        """The same door, through which everything that was kept can still be seen."""
        return _Door(env, self.kept)


@define
class _Stored:
    data: bytes

    def pread(self, size: int, offset: int) -> bytes:
        return self.data[offset : offset + size]

    def size(self) -> int:
        return len(self.data)

    def close(self) -> None:
        pass


class _Door:
    def __init__(self, env: Env, kept: dict[str, bytes]) -> None:
        self._env = env
        self._kept = kept

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    def exists(self, path: str) -> bool:
        return path in self._kept or self._env.exists(path)

    def list(self, path: str) -> list[str]:
        kept = {each.removeprefix(f"{path}/") for each in self._kept}
        return sorted({*self._env.list(path), *(each for each in kept if "/" not in each)})

    def read(self, path: str) -> bytes:
        return self._kept[path] if path in self._kept else self._env.read(path)

    def open(self, path: str, *, write: bool = False) -> Any:
        if path in self._kept:
            return _Stored(self._kept[path])
        return self._env.open(path, write=write)
