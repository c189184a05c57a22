"""One turn of what a log needs beside the work; any process may do it, and two at once do no harm."""

from __future__ import annotations

import errno
import logging

from streamz_core.errors import StorageFull
from streamz_core.log.chain.layout import FULL
from streamz_core.log.checkpoints.keeper import Keeper
from streamz_core.log.log import Log
from streamz_core.log.records.removal import ExpireRecord
from streamz_core.log.upkeep.asked import DUE, Asked
from streamz_core.log.upkeep.burying import Burying
from streamz_core.log.upkeep.expiring import expire, forget
from streamz_core.log.upkeep.retaining import Retaining
from streamz_core.log.upkeep.sealing import Sealing

logger = logging.getLogger("streamz.janitor")

EXPIRE_S = 600.0  # how often it is looked for groups that nobody uses


def watch_all(log: Log) -> None:
    """Remember where the records of all topics lie, those included that are still to be made."""
    log.refresh()
    log.watch(log.state.names)
    log.index.everything = True


class Upkeep:
    """Seals, retains, writes checkpoints, expires and buries, on a handle of its own, which watches all topics from now on."""

    def __init__(self, log: Log, asked: Asked = DUE) -> None:
        watch_all(log)
        self._log = log
        self._retaining = Retaining(log, asked)
        self._sealing = Sealing(log, asked)
        self._keeper = Keeper(log)
        self._expire_s = log.env.monotonic()
        self._burying = Burying(log, self._sealing.mover)

    def turn(self) -> bool:
        """Do what is due; true if something was done. Nothing more is sealed while the disk is full."""
        done = self.move()
        done |= self.remember()
        done |= self._expired()
        return self.bury() or done

    def move(self) -> bool:
        """Retain and seal, merge and compact; true if something was done."""
        self._log.refresh()
        self._log.tick()
        done = self._retained()
        try:
            done |= self._sealing.turn()
        except StorageFull as error:
            logger.warning("nothing is sealed: %s", error)
        except OSError as error:
            # A topic that was removed meanwhile took the folder of its files with it.
            if error.errno not in (*FULL, errno.ENOENT):
                raise
            logger.warning("nothing is sealed: %s", error)
        return done

    def bury(self) -> bool:
        """Remove files that nobody needs, or choose them; true if some were removed."""
        return self._burying.turn()

    def _retained(self) -> bool:
        """Remove records that are due; a disk that is full to its last byte takes no word of it."""
        try:
            return self._retaining.turn()
        except StorageFull as error:
            logger.warning("no records are removed: %s", error)
            return False

    def _expired(self) -> bool:
        """Forget the groups that nobody used for a week; whether there were any."""
        log = self._log
        now_s = log.env.monotonic()
        if now_s < self._expire_s or log.identity.version < ExpireRecord.since:
            return False
        self._expire_s = now_s + EXPIRE_S
        try:
            return bool(expire(log) + forget(log))
        except StorageFull as error:
            logger.warning("no group is forgotten: %s", error)
            return False

    def remember(self) -> bool:
        """Write a checkpoint, if it is time; whether one was written."""
        try:
            return self._keeper.turn() is not None
        except OSError as error:
            if error.errno not in FULL:
                raise
            logger.warning("no checkpoint is written: %s", error)
            return False

    def close(self) -> None:
        """Let go of the files it read; the log stays open."""
        self._sealing.close()
