"""Where the rows of a copy are kept, and with them up to where the topic was read."""

from __future__ import annotations

from contextlib import suppress

from streamz_core.runtime.everywhere.directory import (
    copies_directory,
    copy_fingerprint,
    discard_copy,
    open_copy,
)
from streamz_core.runtime.place import Place
from streamz_core.runtime.state.statedir import Opened, judge
from streamz_core.stores.rows import Changes
from streamz_core.topology.nodes import GlobalTable
from streamz_state import Database, Position, StateError, WriteBatch, open_memory


class Kept:
    """The database of a copy. `cause`: why what it lacks has to be read, "" if it was there.

    `offsets`: by partition, the record that is read next. `horizons`: where those of the topic were when it
    was opened, or looked at last.
    """

    def __init__(self, place: Place, table: GlobalTable) -> None:
        self.spec = table.kept
        self._topic = table.topic.name
        self._place = place
        self._maker = copy_fingerprint(place.backend.identity, table)
        self._open()

    def _open(self) -> None:
        opened = self._opened()
        self.database: Database = opened.database
        self.cause = opened.cause
        self._directory = opened.directory
        backend, position = self._place.backend, self.database.position
        known = {} if position is None else position.changelog
        self.offsets: dict[int, int] = {
            partition: known.get(str(partition), backend.start(self._topic, partition))
            for partition in range(backend.topic(self._topic).partitions)
        }
        self.horizons = {at: backend.horizon(self._topic, at) for at in self.offsets}

    def _opened(self) -> Opened:
        place = self._place
        if self.spec.memory or place.state.memory:
            return Opened(open_memory(), "", "it is in memory")
        app = place.job.name
        folder = copies_directory(place.state.home, app, self.spec.name)
        parts = range(place.backend.topic(self._topic).partitions)
        places = {str(partition): (self._topic, partition) for partition in parts}
        return open_copy(place.env, folder, self._maker, judge(place.backend, app, places))

    def widen(self) -> None:
        """Follow the partitions that the topic did not have before: from their beginning."""
        backend = self._place.backend
        for partition in range(len(self.offsets), backend.topic(self._topic).partitions):
            self.offsets[partition] = backend.start(self._topic, partition)
            self.horizons[partition] = backend.horizon(self._topic, partition)

    def write(self, changes: Changes) -> None:
        """These rows, and how far the topic is read with them."""
        mark = self._place.backend.mark
        offsets = {str(partition): offset for partition, offset in self.offsets.items()}
        position = Position(mark.number, mark.proof, self._maker, offsets)
        self.database.write(WriteBatch(changes.puts, changes.deletes), position)

    def open_again(self) -> None:
        """Go on with what was written of it. StorageFull."""
        self.close()
        self._open()

    def begin_anew(self) -> None:
        """Throw away what there is, and begin with nothing."""
        self.close()
        if self._directory:
            discard_copy(self._place.env, self._directory)
        self._open()

    def close(self) -> None:
        """Let go of the database."""
        with suppress(StateError):  # what could not be flushed is read again
            self.database.close()
