"""The sealed files of a log, as one handle reads them: those it read last stay open."""

from __future__ import annotations

import errno
from collections import OrderedDict

from streamz_core.env.door import Env
from streamz_core.errors import Corrupt
from streamz_core.log.chain.identity import Identity
from streamz_core.log.chain.layout import Layout
from streamz_core.log.records.moved.sealed import SealedFile
from streamz_core.log.segments.data import Gone
from streamz_core.log.segments.sealed import SealedReader, Where
from streamz_core.record import Batch

OPEN_FILES = 64  # their indexes are kept as well: 44 bytes a batch


class Shelf:
    """Reads from sealed files."""

    def __init__(self, env: Env, layout: Layout, identity: Identity) -> None:
        self._env = env
        self._layout = layout
        self._identity = identity
        self._open: OrderedDict[bytes, SealedReader] = OrderedDict()

    def batch(self, where: Where, file: SealedFile, offset: int) -> Batch | None:
        """The first batch with records behind what is before `offset`; None if there is none. Corrupt."""
        if not file.name:
            return None
        try:
            reader = self.reader(where, file)
            place = reader.find(offset)
            return reader.batch(place) if place < len(reader) else None
        except OSError as error:
            raise self._told(where, file, error) from error

    def first_since(self, where: Where, file: SealedFile, offset: int, at_ms: int) -> int | None:
        """Where the first batch begins that has something behind what is before `offset`, and a record of that time
        or later; None if none has. Corrupt."""
        try:
            return self.reader(where, file).first_since(offset, at_ms)
        except OSError as error:
            raise self._told(where, file, error) from error

    def pieces(self, where: Where, file: SealedFile) -> list[tuple[int, int, str]]:
        """(base, stop, why it cannot be read or "") of each batch; of the whole file if its index cannot."""
        try:
            reader = self.reader(where, file)
        except Corrupt as error:
            return [(file.base, file.stop, str(error))]
        except OSError as error:
            return [(file.base, file.stop, str(self._told(where, file, error)))]
        return [
            (*reader.bounds(place), self._why(where, file, reader, place))
            for place in range(len(reader))
        ]

    def reader(self, where: Where, file: SealedFile) -> SealedReader:
        """The file, open; Corrupt, OSError."""
        found = self._open.get(file.name)
        if found is None:
            found = SealedReader(self._env, self._layout, self._identity, where, file)
            self._open[file.name] = found
            if len(self._open) > OPEN_FILES:
                self._open.popitem(last=False)[1].close()
        else:
            self._open.move_to_end(file.name)
        return found

    def close(self) -> None:
        for reader in self._open.values():
            reader.close()
        self._open.clear()

    def _why(self, where: Where, file: SealedFile, reader: SealedReader, place: int) -> str:
        try:
            reader.batch(place)
        except Corrupt as error:
            return str(error)
        except OSError as error:
            return str(self._told(where, file, error))
        return ""

    def _told(self, where: Where, file: SealedFile, error: OSError) -> Exception:
        """What a reader is told of an error of the disk."""
        path = self._layout.sealed(*where, file.base, file.name)
        if isinstance(error, FileNotFoundError):
            return Gone(f"{path} is missing, and records were sealed in it")
        if error.errno != errno.EIO:
            return error
        return Corrupt(f"{path}: the disk cannot read it: {error}")
