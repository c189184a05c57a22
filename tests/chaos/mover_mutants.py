"""Defects planted into what moves and removes records; `chaos mutants` hunts them with the others."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from streamz_core.log.records.index import Index, Ranges
from streamz_core.log.records.moved import manifest, sealed
from streamz_core.log.segments.sealed import SealedWriter
from streamz_core.log.upkeep import burying
from streamz_core.log.upkeep.burying import Burying
from streamz_core.log.upkeep.copying import Copying


def manifest_before_its_files_are_durable() -> AbstractContextManager[object]:
    """A sealed file is named without a sync."""
    return patch.object(SealedWriter, "_sync", lambda _: None)


def folders_of_sealed_files_unsynced() -> AbstractContextManager[object]:
    """Whoever finds a folder takes it for durable."""
    settle = Copying._settle

    def trusting(self, folder):
        if not self._log.env.exists(folder):
            settle(self, folder)

    return patch.object(Copying, "_settle", trusting)


def buried_before_the_record_is_durable() -> AbstractContextManager[object]:
    """What was sealed is removed as soon as the chain says so."""
    return patch.object(Burying, "_final", lambda _: True)


def files_of_living_writers_buried() -> AbstractContextManager[object]:
    """A file in which nothing lies yet is taken for one in which nothing lies any more."""
    return patch.object(burying, "writes", lambda *_: False)


@contextmanager
def second_mover_wins_too() -> Iterator[None]:
    """A MANIFEST may replace files that are not those that are there."""
    exchange = sealed.exchange

    def lenient(files, replaced, fresh):
        found = exchange(files, replaced, fresh)
        if found is not None:
            return found
        before = tuple(file for file in files if file.stop <= fresh[0].base)
        after = tuple(file for file in files if file.base >= fresh[-1].stop)
        return (*before, *fresh, *after)

    with patch.object(sealed, "exchange", lenient), patch.object(manifest, "exchange", lenient):
        yield


def more_partitions_hide_those_there_are() -> AbstractContextManager[object]:
    """Where records lie is forgotten of a topic that gets more partitions."""

    def forgetful(self, topic, partitions):
        if (topic, 0) in self.ranges:
            self.ranges |= {(topic, at): Ranges(0) for at in range(partitions)}

    return patch.object(Index, "widened", forgetful)


PATCHES = {
    "more partitions hide those there are": more_partitions_hide_those_there_are,
    "manifest before its files are durable": manifest_before_its_files_are_durable,
    "folders of sealed files unsynced": folders_of_sealed_files_unsynced,
    "buried before the record is durable": buried_before_the_record_is_durable,
    "files of living writers buried": files_of_living_writers_buried,
    "second mover wins too": second_mover_wins_too,
}
