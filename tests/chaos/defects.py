"""More defects for `chaos mutants`: in reading frames, in what is durable, in the cold start, in records."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest.mock import patch

from streamz_core.log.chain import frame, poison, recovery
from streamz_core.log.chain.chain import Chain
from streamz_core.log.chain.durability import Durability
from streamz_core.log.chain.poison import Syncing
from streamz_core.log.reading import Reading
from streamz_core.log.records.commits import CommitRecord
from streamz_core.log.records.lost import Lost
from streamz_core.log.records.state import State
from streamz_core.log.segments import data
from streamz_core.testing.simulator.world import SimEnv

Patch = Callable[[], AbstractContextManager[object]]

# ---- reading frames


def payload_of_a_frame_not_checked() -> AbstractContextManager[object]:
    """A frame counts as soon as its head is there."""
    decode = frame.decode

    def blind(keyed, data, start, at, *, damaged=False):
        return decode(keyed, data, start, at, damaged=True)

    return patch.object(frame, "decode", blind)


def head_of_a_frame_not_checked() -> AbstractContextManager[object]:
    """A frame counts that has the magic, its place, and lengths that are possible."""

    def trusting(_, data, start, at, *, damaged=False):
        if len(data) - start < frame._LEAST_BYTES:
            return None
        magic, where, head, payload, hash_, lsn, kind, prev, _, known, witness = (
            frame._WHOLE.unpack_from(data, start)
        )
        payload_at = start + frame.OUTER_BYTES + head
        whole = payload_at + payload <= len(data)
        if magic != frame.MAGIC or where != at or not frame.possible(head, payload) or not whole:
            return None
        body = data[start + frame._LEAST_BYTES : payload_at]
        end = payload_at + payload
        return frame.Frame(lsn, kind, prev, hash_, body, (known, witness), start, payload_at, end)

    return patch.object(frame, "decode", trusting)


def past_known_by_number() -> AbstractContextManager[object]:
    """Any record with a number that was there is taken for ours."""
    return patch.object(State, "on_chain", lambda self, lsn, _: lsn <= self.lsn)


# ---- what is durable


def poison_not_heeded() -> AbstractContextManager[object]:
    """Nobody looks whether a sync failed elsewhere."""
    return patch.object(Syncing, "check", lambda _: None)


def poison_not_told() -> AbstractContextManager[object]:
    """Who finds the disk failing ends, and says nothing."""
    return patch.object(poison, "poison", lambda *_: None)


def name_of_a_data_file_not_durable() -> AbstractContextManager[object]:
    """A data file is used before its name is on the disk."""
    sync_dir = SimEnv.sync_dir

    def some(self, path):
        if "/data" not in path:
            sync_dir(self, path)

    return patch.object(SimEnv, "sync_dir", some)


def short_append_of_payload_believed() -> AbstractContextManager[object]:
    """Whatever the disk took of a payload, all of it is thought to be there."""
    return patch.object(data, "append_all", lambda file, content: file.append(content))


def synced_while_it_came() -> AbstractContextManager[object]:
    """What was appended while a sync ran counts as synced by it."""
    finish = Durability._finish

    def eager(self):
        self._background._target = (self._state.lsn, self._state.hash)
        finish(self)

    return patch.object(Durability, "_finish", eager)


def read_before_it_is_durable() -> AbstractContextManager[object]:
    """A reader that is to wait for the disk does not."""
    fetch = Reading.fetch

    def early(self, *place, lsn_max, **limits):
        return fetch(self, *place, lsn_max=None, **limits)

    return patch.object(Reading, "fetch", early)


# ---- the cold start


def payload_not_verified() -> AbstractContextManager[object]:
    """A cold start keeps every record that it can read, whatever became of its payload."""
    return patch.object(recovery, "_verified", lambda *known: known[3].lsn)


def no_start_after_a_power_cut() -> AbstractContextManager[object]:
    """A cold start is done after a failed sync only."""

    def needed(env, layout, identity):
        numbers = recovery.segments(env, layout)
        return not numbers or poison.is_poisoned(env, layout, identity)

    return patch.object(recovery, "needed", needed)


def hole_taken_for_damage() -> AbstractContextManager[object]:
    """What a power cut left in the commit log stops the cold start."""
    tail = Chain.tail

    def warm(self, *, cold=False):
        return tail(self)

    return patch.object(Chain, "tail", warm)


# ---- records


def lost_records_keep_the_start() -> AbstractContextManager[object]:
    """What is lost at the beginning of a partition does not move its start."""
    whole = State.lose

    def lose(self, topic_id, partition, *given):
        start = self.start(topic_id, partition)
        whole(self, topic_id, partition, *given)
        self.starts[topic_id][partition] = start

    return patch.object(State, "lose", lose)


def inside_of_a_gap() -> AbstractContextManager[object]:
    """Who stands inside of what is lost stays there."""
    return patch.object(Lost, "behind", lambda _, offset: offset)


def offsets_by_the_record() -> AbstractContextManager[object]:
    """Every batch of a commit is told the offset that the partition had before all of it."""

    def bases(self, state):
        return [state.end(one[0], one[1]) for one in self.ranges]

    return patch.object(CommitRecord, "bases", bases)


DEFECTS: dict[str, Patch] = {
    "payload of a frame not checked": payload_of_a_frame_not_checked,
    "head of a frame not checked": head_of_a_frame_not_checked,
    "past known by number": past_known_by_number,
    "poison not heeded": poison_not_heeded,
    "poison not told": poison_not_told,
    "name of a data file not durable": name_of_a_data_file_not_durable,
    "short append of payload believed": short_append_of_payload_believed,
    "synced while it came": synced_while_it_came,
    "read before it is durable": read_before_it_is_durable,
    "payload not verified": payload_not_verified,
    "no start after a power cut": no_start_after_a_power_cut,
    "hole taken for damage": hole_taken_for_damage,
    "lost records keep the start": lost_records_keep_the_start,
    "inside of a gap": inside_of_a_gap,
    "offsets by the record": offsets_by_the_record,
}
