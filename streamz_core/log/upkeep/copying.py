"""Copying records into sealed files: everything is checked, and nothing is known of it before it is named."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from streamz_core.errors import Corrupt, Unsupported
from streamz_core.log.chain.copies import Copies
from streamz_core.log.log import Log
from streamz_core.log.records.fields import INCARNATION_BYTES
from streamz_core.log.records.moved.manifest import NAME_BYTES, Part
from streamz_core.log.records.moved.places import sealed_end
from streamz_core.log.records.moved.sealed import Cleaned, Row, SealedFile
from streamz_core.log.segments import batch as batches
from streamz_core.log.segments.compaction import Rules, choose, thinned
from streamz_core.log.segments.data import DataReader, Gone
from streamz_core.log.segments.sealed import SealedWriter, Where
from streamz_core.log.segments.shelf import Shelf
from streamz_core.log.segments.writing import hold
from streamz_core.record import Batch

logger = logging.getLogger("streamz.janitor")


class _Stuck(Exception):
    """Some record cannot be read."""


class Copying:
    """Makes the files that a MANIFEST then names."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.mover = log.env.random(INCARNATION_BYTES)
        log.env.make_dirs(log.layout.part)
        # Before there is any file of it: whoever clears up asks for it.
        self._lock = hold(log.env, log.layout.mover_lock(self.mover))
        copies = Copies(log.env, log.layout, log.identity.mac)
        self._payload = DataReader(log.env, log.layout, copies)
        self._shelf = Shelf(log.env, log.layout, log.identity)
        self._settled: set[str] = set()  # folders whose names are known to be durable
        self._stuck: dict[
            Where, tuple[int, int]
        ] = {}  # where one cannot be read, how often that was seen

    def seal(self, where: Where, lsn_max: int) -> Part | None:
        """What is committed up to `lsn_max` and lies behind the sealed files, in files of its own.

        It ends before records that cannot be read: they stay where they are. None if there is nothing. OSError.
        """
        base = sealed_end(self._log.state, *where)
        files = self._write(where, base, self._committed(where, base, lsn_max))
        return Part(*where, [], files) if files else None

    def merge(self, where: Where, old: Row) -> Part | None:
        """The same records in fewer files; None if one cannot be read. OSError."""
        files = self._write(where, old[0].base, self._sealed(where, old))
        if not files or files[-1].stop != old[-1].stop:
            self.discard(where, files)
            return None
        return Part(*where, [file.name for file in old], files)

    def compact(self, where: Where, old: Row, rules: Rules, cleaned: Cleaned) -> Part | None:
        """The records that stay, from the first file of the partition on; None if one cannot be read. OSError.

        Nothing is written unless each reading came to the end: what one did not see would be taken for gone.
        """

        def read() -> Iterator[Batch]:
            stop = old[0].base
            for batch, stop in self._sealed(where, old):  # noqa: B007 - the last one counts
                if batch is not None:
                    yield batch
            if stop != old[-1].stop:
                raise _Stuck

        try:
            kept = choose(read, sum(file.records for file in old), rules)
        except _Stuck:
            return None
        pieces = (
            (None if batch is None else thinned(batch, kept), stop)
            for batch, stop in self._sealed(where, old)
        )
        files = self._write(where, old[0].base, pieces)
        if not files or files[-1].stop != old[-1].stop:
            self.discard(where, files)
            return None
        return Part(*where, [file.name for file in old], files, kept.horizon, list(cleaned))

    def discard(self, where: Where, files: list[SealedFile]) -> None:
        """They were not named, and never will be."""
        for file in files:
            if file.name:
                with contextlib.suppress(OSError):
                    self._log.env.unlink(self._log.layout.sealed(*where, file.base, file.name))

    def close(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._payload.close()
        self._shelf.close()

    # ---- reading

    def _committed(
        self, where: Where, base: int, lsn_max: int
    ) -> Iterator[tuple[Batch | None, int]]:
        """(records, where the next begin), from `base` on; None where all are lost."""
        log, kept = self._log, self._log.index.ranges[where]
        lost = log.state.lost_in(*where)
        for index in range(max(kept.find(base), 0), len(kept)):
            if kept.lsn(index) > lsn_max:
                return
            low, stop = max(kept.bases[index], base), kept.stop(index)
            pieces = lost.kept(low, stop)
            if pieces:
                file, position, size, crc = kept.place(index)
                try:
                    data = self._payload.read(
                        log.index.files[file], position, size, crc, kept.lsn(index)
                    )
                    batch = batches.decode(data, kept.bases[index], stop - kept.bases[index])
                except (Corrupt, Unsupported) as error:
                    self._tell(where, low, error)
                    return
                for begin, end in pieces:
                    yield batch.since(begin).until(end), end
            yield None, stop

    def _sealed(self, where: Where, old: Row) -> Iterator[tuple[Batch | None, int]]:
        """The same of sealed files; what was lost since is left out."""
        lost = self._log.state.lost_in(*where)
        start = self._log.state.start(*where)
        for file in old:
            try:
                for batch in self._shelf.reader(where, file).every() if file.name else ():
                    for begin, end in lost.kept(max(batch.base_offset, start), batch.next_offset):
                        yield batch.since(begin).until(end), end
            except (Corrupt, Unsupported, FileNotFoundError) as error:
                self._tell(where, file.base, error)
                return
            yield None, file.stop

    def _tell(self, where: Where, offset: int, error: Exception) -> None:
        """Said once; of a file that is gone only if the chain knew no other place the next time."""
        at, seen = self._stuck.get(where, (offset, 0))
        seen = seen + 1 if at == offset else 1
        self._stuck[where] = (offset, seen)
        if seen == (2 if isinstance(error, (Gone, FileNotFoundError)) else 1):
            title = self._log.state.title(*where)
            logger.warning("%s@%d stays where it is: %s", title, offset, error)

    # ---- writing

    def _write(
        self, where: Where, base: int, pieces: Iterator[tuple[Batch | None, int]]
    ) -> list[SealedFile]:
        """Files of these records, of the size that the topic asks for."""
        config = self._log.state.topics[where[0]].rules
        made: list[SealedFile] = []
        writer: SealedWriter | None = None
        at = base
        try:
            for batch, stop in pieces:
                if stop == at:
                    continue
                if writer is not None and writer.size >= config.segment_bytes:
                    made.append(writer.finish(at))
                    writer = None
                if writer is None:
                    writer = self._begin(where, at, config.compression_type)
                if batch is not None:
                    writer.add(batch)
                at = stop
            if writer is not None:
                made.append(writer.finish(at))
        except OSError:
            if writer is not None:
                writer.abandon()
            self.discard(where, made)
            raise
        return made

    def _begin(self, where: Where, base: int, compression: str) -> SealedWriter:
        log = self._log
        self._settle(log.layout.partition(*where))
        name = self.mover + log.env.random(NAME_BYTES - INCARNATION_BYTES)
        return SealedWriter(
            log.env, log.layout, log.identity, log.limits, where, base, name, compression
        )

    def _settle(self, folder: str) -> None:
        """Make the folder and those above it durable. Whoever made them may have died before he did."""
        if folder in self._settled:
            return
        above = folder.rpartition("/")[0]
        if folder == self._log.layout.root:
            return
        self._settle(above)
        self._log.env.make_dirs(folder)
        self._log.env.sync_dir(above)
        self._settled.add(folder)
