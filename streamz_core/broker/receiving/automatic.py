"""Commits that come by themselves: what was given by earlier polls, now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable

from streamz_core.broker.checks import whole
from streamz_core.env.door import Env
from streamz_core.errors import Fenced, Misuse, StorageFull

logger = logging.getLogger("streamz.consumer")

HOW = ("manual", "auto")


class Automatic:
    """`commit` is called when it is due. What another one has by now is his: it is told, and no error."""

    def __init__(self, env: Env, how: str, interval_ms: int, commit: Callable[[], object]) -> None:
        """Misuse, TypeError. `how`: one of HOW."""
        if how not in HOW:
            raise Misuse(f"commit={how!r:.40}; it can be 'manual' or 'auto'")
        self._env = env
        self._on = how == "auto"
        self._interval_s = whole("auto_commit_interval_ms", interval_ms) / 1000
        self._commit = commit
        self._due_s = env.monotonic() + self._interval_s

    @property
    def on(self) -> bool:
        """Whether it was asked for."""
        return self._on

    def stop(self) -> None:
        """From now on nothing is committed by itself."""
        self._on = False

    def turn(self) -> None:
        """Commit if it is due."""
        if self._on and self._env.monotonic() >= self._due_s:
            self.at_once()

    def at_once(self) -> None:
        """Commit now, if it was asked for."""
        if not self._on:
            return
        self._due_s = self._env.monotonic() + self._interval_s
        try:
            self._commit()
        except (Fenced, StorageFull) as error:
            logger.warning("not committed: %s", error)
