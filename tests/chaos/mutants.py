"""`chaos mutants`: defects planted into the log, each of which the schedules have to find.

A mutant is a patch made here, for the time of its schedules; shipped code knows nothing of it.
"""

import argparse
import math
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from unittest.mock import patch

from attrs import evolve, frozen

from streamz_core.log import opening
from streamz_core.log.appending import Appending
from streamz_core.log.chain import frame
from streamz_core.log.chain.chain import NEVER, Chain
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.layout import SEAL, segments
from streamz_core.log.chain.poison import Syncing
from streamz_core.log.checkpoints import finding as checkpoints
from streamz_core.log.checkpoints import snapshot
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.index import Ranges
from streamz_core.log.records.lost import Lost
from streamz_core.log.records.schemas import SchemaRecord
from streamz_core.log.records.state import State
from streamz_core.log.rolling import Rolling
from streamz_core.testing.simulator.world import SimEnv
from tests.chaos.budget import seconds
from tests.chaos.defects import DEFECTS
from tests.chaos.log_processes import Work, Worker
from tests.chaos.log_schedules import finding
from tests.chaos.log_store import Kept
from tests.chaos.log_world import GROUP, INPUT, make_world
from tests.chaos.log_world import State as Folded
from tests.chaos.mover_mutants import PATCHES
from tests.chaos.rot_mutants import DEFECTS as HEALING

SCHEDULES_MAX = 1000


@contextmanager
def mixed_levels() -> Iterator[None]:
    """Every other handle does not wait for the disk, whatever the level of the log."""
    made = Durability.__init__
    handles = []

    def init(self, *arguments):
        made(self, *arguments)
        handles.append(self)
        if len(handles) % 2:
            self._made = "process"

    blind = patch.object(opening, "refuse_level", lambda *_: None)
    with patch.object(Durability, "__init__", init), blind:
        yield


def dead_writers_data_unsynced() -> AbstractContextManager[object]:
    """The background sync takes care of the files of living members only."""

    def unsynced(self):
        members = self._state.members
        named = [file for file in self._index.unsynced(self.durable[0]) if file[0] in members]
        paths = [self._layout.data_file(*file) for file in named[-1:]]
        return [*paths, self._layout.segment(self._chain.segment)]

    return patch.object(Durability, "unsynced", unsynced)


def lock_without_chain() -> AbstractContextManager[object]:
    """Whatever was appended counts, in the order of the file; only the append lock keeps order."""
    take = Chain._take

    def trusting(self, found, data, *, cold):
        found.lsn, found.prev = self.lsn + 1, self.hash
        take(self, found, data, cold=cold)

    return patch.object(Chain, "_take", trusting)


def reader_trusts_the_magic() -> AbstractContextManager[object]:
    """A frame that cannot be read is passed as soon as the magic bytes stand somewhere behind it."""

    def next_magic(_, data, i):
        at = data.find(frame.MAGIC, i + 1)
        return at if at >= 0 else None

    return patch.multiple(Chain, _next_frame=next_magic, _reread=lambda *_: None)


def commit_before_its_payload_is_durable() -> AbstractContextManager[object]:
    """At level power the record is chained before its data file was synced."""
    return patch.object(Appending, "_sync_payload", lambda _: None)


def offsets_not_checked() -> AbstractContextManager[object]:
    """A commit is taken from whoever owns the task, wherever it begins."""
    refuse = CommitRecord.refuse

    def lenient(self, state):
        blind = [[name, task, epoch, [], at] for name, task, epoch, _, at in self.tasks]
        return refuse(evolve(self, tasks=blind), state)

    return patch.object(CommitRecord, "refuse", lenient)


def owners_not_checked() -> AbstractContextManager[object]:
    """A commit is taken from whoever begins at the right offset."""
    refuse = CommitRecord.refuse

    def lenient(self, state):
        for name, task, epoch, moves, position in self.tasks:
            owner = state.group(name).owners.get(task)
            who = (owner.incarnation, owner.epoch) if owner else (self.incarnation, epoch)
            why = refuse(CommitRecord(who[0], [[name, task, who[1], moves, position]], []), state)
            if why:
                return why
        return refuse(evolve(self, tasks=[]), state)

    return patch.object(CommitRecord, "refuse", lenient)


def torn_tail_truncated() -> AbstractContextManager[object]:
    """The log is taken to end at the first bytes that are no frame."""
    return patch.object(Chain, "_next_frame", lambda *_: None)


def acknowledged_before_the_sync() -> AbstractContextManager[object]:
    """Level power tells success as soon as the record is on the chain."""
    return patch.object(Durability, "ensure", lambda *_: None)


def failed_sync_tried_again() -> AbstractContextManager[object]:
    """After a failed sync a second one, which succeeds, is believed."""

    def twice(_, file):
        try:
            file.datasync()
        except OSError:
            file.datasync()

    return patch.object(Syncing, "sync", twice)


def lost_records_keep_their_readers() -> AbstractContextManager[object]:
    """LOST leaves the offsets of groups where they are."""
    whole = State.lose

    def lose(self, *given):
        kept = {name: dict(group.offsets) for name, group in self.groups.items()}
        whole(self, *given)
        for name, offsets in kept.items():
            self.groups[name].offsets = offsets

    return patch.object(State, "lose", lose)


def gaps_not_cut() -> AbstractContextManager[object]:
    """A reader that comes to a gap from before it reads on into it."""
    return patch.object(Lost, "next_gap", lambda _, __, end: end)


def reset_of_the_living() -> AbstractContextManager[object]:
    """A group is reset although a member of it lives."""
    return patch.object(State, "members_of", lambda *_: [])


def schema_clash_accepted() -> AbstractContextManager[object]:
    """A fingerprint may come to name another description."""
    return patch.object(SchemaRecord, "refuse", lambda *_: "")


def seal_not_synced() -> AbstractContextManager[object]:
    """The next segment is begun before the one that is sealed is on the disk."""
    return patch.object(Durability, "secure", lambda _: None)


def seal_does_not_end_its_file() -> AbstractContextManager[object]:
    """A reader that has read a SEAL reads on behind it."""
    take = Chain._take

    def on(self, found, data, *, cold):
        take(self, found, data, cold=cold)
        if found.kind == SEAL and self._reading.sealed:
            self._reading.last, self._reading.sealed = NEVER, False

    return patch.object(Chain, "_take", on)


def only_its_maker_goes_on() -> AbstractContextManager[object]:
    """A segment that is sealed is left to whoever sealed it: only he begins the next one."""
    go_on, seal = Rolling.go_on, Rolling.seal
    sealed_by: list[object] = []

    def sealing(self):
        sealed_by.append(self)
        return seal(self)

    def going_on(self):
        if self in sealed_by:
            go_on(self)
        else:
            self._durability._env.lock("/nobody", exclusive=True, wait_s=0.01)

    return patch.multiple(Rolling, seal=sealing, go_on=going_on)


def segment_name_not_durable() -> AbstractContextManager[object]:
    """What is in a new segment is told to be safe before its name is."""
    return patch.object(Syncing, "settle", lambda *_: None)


def segment_begun_over_another() -> AbstractContextManager[object]:
    """The next segment gets its name whether there is one or not."""
    link = SimEnv.link

    def over(self, source, target):
        if "/commit/" in source and self.simulation.disk.tree.exists(target):
            self.simulation.disk.rename(source, target)
        else:
            link(self, source, target)

    return patch.object(SimEnv, "link", over)


def checkpoint_of_what_may_be_lost() -> AbstractContextManager[object]:
    """A checkpoint is written before its record is durable."""
    return patch.object(Durability, "known_lsn", lambda _: NEVER)


def checkpoint_where_it_was() -> AbstractContextManager[object]:
    """Reading goes on where a checkpoint says, whatever segment that is in by now."""

    def there(env, layout, _, at):
        return evolve(at, segment=segments(env, layout)[-1])

    return patch.object(checkpoints, "placed", there)


def checkpoint_without_offsets() -> AbstractContextManager[object]:
    """Of the groups nothing is written into a checkpoint."""
    return patch.object(
        snapshot, "PARTS", tuple(part for part in snapshot.PARTS if part.name != "groups")
    )


def checkpoint_without_the_last_range() -> AbstractContextManager[object]:
    """The newest range of a partition is forgotten, and the end kept."""

    def dump(self):
        return self.bases[:-1] + array("q", [0]), self._rows

    return patch.object(Ranges, "dump", dump)


class Hasty(Worker):
    """Puts the state into the store before the commit, under the place that it has by then."""

    def commit(self, works: list[Work]) -> None:
        lsn, hash_ = self.log.state.lsn, self.log.state.hash
        for work in works:
            changes = work.held.changes + work.changed
            work.held.store.save(Kept(lsn, hash_, changes, work.state))
        super().commit(works)


class Credulous(Worker):
    """Trusts a store whatever chain it belongs to."""

    def on_chain(self, _: Kept) -> bool:
        return True


class Stubborn(Worker):
    """Fenced, takes the task back with the state that it had."""

    def drop(self, task: int) -> None:
        held = self.held[task]
        epoch = self.append_owner(task) if self.random.random() < 0.9 else None
        if epoch is None:
            super().drop(task)
            return
        known = self.log.state
        held.epoch, held.offset = epoch, known.next_offset(GROUP, known.names[INPUT].id, task)


class Forgetful(Worker):
    """Takes a store for the newest state, and reads nothing of the changelog behind it."""

    def restore(self, task: int, kept: Kept | None) -> tuple[Folded, int]:
        if kept is None:
            return super().restore(task, kept)
        return dict(kept.state), kept.offset


@frozen
class Mutant:
    """A planted defect: a patch of the log, or a worker that works wrongly on it."""

    patch: Callable[[], AbstractContextManager[object]] = nullcontext
    worker: type[Worker] = Worker


MUTANTS = {
    "mixed levels": Mutant(mixed_levels),
    "dead writer's data unsynced": Mutant(dead_writers_data_unsynced),
    "lock without chain": Mutant(lock_without_chain),
    "reader trusts the magic alone": Mutant(reader_trusts_the_magic),
    "commit before its payload is durable": Mutant(commit_before_its_payload_is_durable),
    "offsets not checked": Mutant(offsets_not_checked),
    "owners not checked": Mutant(owners_not_checked),
    "store applied before the commit": Mutant(worker=Hasty),
    "store of another chain trusted": Mutant(worker=Credulous),
    "fenced and goes on": Mutant(worker=Stubborn),
    "changelog behind the store not read": Mutant(worker=Forgetful),
    "torn tail truncated": Mutant(torn_tail_truncated),
    "acknowledged before the sync": Mutant(acknowledged_before_the_sync),
    "failed sync tried again": Mutant(failed_sync_tried_again),
    "lost records keep their readers": Mutant(lost_records_keep_their_readers),
    "gaps not cut": Mutant(gaps_not_cut),
    "reset of the living": Mutant(reset_of_the_living),
    "schema clash accepted": Mutant(schema_clash_accepted),
    "seal not synced": Mutant(seal_not_synced),
    "seal does not end its file": Mutant(seal_does_not_end_its_file),
    "only its maker goes on": Mutant(only_its_maker_goes_on),
    "segment name not durable": Mutant(segment_name_not_durable),
    "segment begun over another": Mutant(segment_begun_over_another),
    "checkpoint of what may be lost": Mutant(checkpoint_of_what_may_be_lost),
    "checkpoint where it was": Mutant(checkpoint_where_it_was),
    "checkpoint without offsets": Mutant(checkpoint_without_offsets),
    "checkpoint without the last range": Mutant(checkpoint_without_the_last_range),
    **{name: Mutant(planted) for name, planted in PATCHES.items()},
    **{name: Mutant(defect) for name, defect in {**DEFECTS, **HEALING}.items()},
}


@frozen
class Hunt:
    """How far the hunt for a mutant came: the schedules that were played, and what the last one found."""

    schedules: int
    error: Exception | None
    spent: bool = False  # the time was over first

    def __str__(self) -> str:
        if self.error is not None:
            told = str(self.error).split("\n")[0][:100]
            return f"caught in {self.schedules} by {type(self.error).__name__}: {told}"
        if self.spent:
            after = f" after {self.schedules} schedules" if self.schedules else ""
            return f"not hunted: the budget was spent{after}"
        return f"SURVIVED {self.schedules} schedules"


def hunt(
    mutant: Mutant, first: int, schedules: int = SCHEDULES_MAX, *, until_s: float = math.inf
) -> Hunt:
    """Play the schedules from `first` on, until one of them finds something or the clock says `until_s`."""
    for number in range(schedules):
        if time.monotonic() >= until_s:
            return Hunt(number, None, spent=True)
        world = make_world(first + number)
        with mutant.patch():
            error = finding(world, mutant.worker)
        if error is not None:
            return Hunt(number + 1, error)
    return Hunt(schedules, None)


def main(arguments: list[str]) -> int:
    """Hunt each; `passed` counts those that were caught."""
    parser = argparse.ArgumentParser(prog="chaos mutants", description=__doc__)
    parser.add_argument(
        "--budget", default="10m", type=seconds, help="those not caught by then fail"
    )
    parser.add_argument("--seed", default=0, type=int, help="the first schedule of each")
    options = parser.parse_args(arguments)
    until_s = time.monotonic() + options.budget
    caught = 0
    for name, mutant in MUTANTS.items():
        found = hunt(mutant, options.seed, until_s=until_s)
        caught += found.error is not None
        print(f"{name}: {found}", flush=True)
    print(f"{caught} passed, {len(MUTANTS) - caught} failed")
    return 0 if caught == len(MUTANTS) else 1
