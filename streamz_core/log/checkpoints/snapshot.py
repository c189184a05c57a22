"""The state as bytes: a table of parts, each of which is one thing that the state knows.

A new part is one row. A packed state with a part that this version does not know is refused, for it says
something of the log that would be forgotten; a part that is missing is as it is in an empty state.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import attrs
import msgpack
from attrs import frozen

from streamz_core.errors import Corrupt, Unsupported
from streamz_core.log.records.lost import Lost
from streamz_core.log.records.moved.sealed import Cleaned, SealedFile
from streamz_core.log.records.state import (
    Group,
    Level,
    Member,
    Owner,
    Schemas,
    Sender,
    State,
    Topic,
)

Packed = Any  # what msgpack takes


@frozen
class Part:
    """One thing that the state knows; `load` puts into a state what `dump` made of another."""

    name: str
    dump: Callable[[State], Packed]
    load: Callable[[State, Packed], None]


def pack(state: State) -> bytes:
    """Everything the state says of the log at its record."""
    told = {part.name: part.dump(state) for part in PARTS}
    return bytes(msgpack.packb(told))


def unpack(data: bytes, at: tuple[int, bytes]) -> State:
    """The state that was packed at that record, which is its base. Unsupported if a newer version packed it,
    Corrupt if it is none."""
    state = State(at)
    known = {part.name: part.load for part in PARTS}
    try:
        told: dict[str, Any] = msgpack.unpackb(data)
        unknown = sorted(told.keys() - known.keys())
        if unknown:
            raise Unsupported(
                f"a packed state knows of {', '.join(unknown)}: a newer version wrote it"
            )
        for part in PARTS:
            if part.name in told:
                part.load(state, told[part.name])
    except (AttributeError, KeyError, TypeError, ValueError, struct.error) as error:
        raise Corrupt(f"a packed state is not as this version writes it: {error}") from error
    return state


# ---- the parts


def _topics(state: State) -> Packed:
    living = {topic.id for topic in state.names.values()}
    return [
        [one.id, one.name, one.partitions, one.config, one.owner, one.id in living]
        for one in state.topics.values()
    ]


def _load_topics(state: State, told: Packed) -> None:
    for *fields, living in told:
        topic = Topic(*fields)
        state.topics[topic.id] = topic
        if living:
            state.names[topic.name] = topic


def _bounds(of: Callable[[State], dict[int, list[int]]]) -> Part:
    """Offsets of all partitions: 8 bytes each, since there may be many."""

    def dump(state: State) -> Packed:
        return [[topic, struct.pack(f"<{len(row)}q", *row)] for topic, row in of(state).items()]

    def load(state: State, told: Packed) -> None:
        for topic, row in told:
            of(state)[topic] = list(struct.unpack(f"<{len(row) // 8}q", row))

    return Part("", dump, load)


def _members(state: State) -> Packed:
    return [
        [one.incarnation, one.address, one.topics, one.group, one.info]
        for one in state.members.values()
    ]


def _load_members(state: State, told: Packed) -> None:
    for incarnation, address, topics, group, info in told:
        state.members[incarnation] = Member(incarnation, address, tuple(topics), group, info)


def _groups(state: State) -> Packed:
    return [[name, *_group(group)] for name, group in state.groups.items()]


def _group(one: Group) -> Packed:
    owners = [[task, owner.incarnation, owner.epoch] for task, owner in one.owners.items()]
    offsets = [[*where, offset] for where, offset in one.offsets.items()]
    commits = [[task, *place] for task, place in one.commits.items()]
    members, assignment = one.members, one.assignment
    return [
        one.generation,
        one.reset_lsn,
        members,
        assignment,
        owners,
        offsets,
        one.positions,
        commits,
        one.idle_ms,
    ]


def _load_groups(state: State, told: Packed) -> None:
    for name, generation, reset_lsn, members, assignment, *rest in told:
        owners, offsets, positions, commits, idle_ms = rest
        state.groups[name] = Group(
            generation,
            reset_lsn,
            tuple(members),
            assignment,
            {task: Owner(incarnation, epoch) for task, incarnation, epoch in owners},
            {(topic, partition): offset for topic, partition, offset in offsets},
            positions,
            {task: (lsn, hash_) for task, lsn, hash_ in commits},
            idle_ms,
        )


def _shares(state: State) -> Packed:
    return [name for name, group in state.groups.items() if group.shares]


def _load_shares(state: State, told: Packed) -> None:
    for name in told:
        state.groups[name].shares = True


def _producers(state: State) -> Packed:
    return [[name, *attrs.astuple(one)] for name, one in state.producers.items()]


def _load_producers(state: State, told: Packed) -> None:
    for name, *fields in told:
        state.producers[name] = Sender(*fields)


def _lost(state: State) -> Packed:
    return [[*where, one.gaps] for where, one in state.lost.items()]


def _load_lost(state: State, told: Packed) -> None:
    for topic, partition, gaps in told:
        state.lost[topic, partition] = Lost(tuple((low, high, cause) for low, high, cause in gaps))


def _schemas(state: State) -> Packed:
    known = state.schemas
    written = [[*where, told] for where, told in known.written.items()]
    read = [[*where, list(apps.items())] for where, apps in known.read.items()]
    return [list(known.described.items()), written, read]


def _load_schemas(state: State, told: Packed) -> None:
    described, written, read = told
    state.schemas = Schemas(
        dict(described),
        {(topic, side): tuple(known) for topic, side, known in written},
        {(topic, side): dict(apps) for topic, side, apps in read},
    )


def _load_moves(state: State, told: Packed) -> None:
    state.moves = told


def _load_level(state: State, told: Packed) -> None:
    state.level = Level(*told)


def _sealed(state: State) -> Packed:
    return [[*where, files] for where, files in state.sealed.files.items()]


def _load_sealed(state: State, told: Packed) -> None:
    for topic, partition, files in told:
        state.sealed.files[topic, partition] = tuple(SealedFile(*file) for file in files)


def _horizons(state: State) -> Packed:
    return [[*where, offset] for where, offset in state.sealed.horizons.items()]


def _load_horizons(state: State, told: Packed) -> None:
    for topic, partition, offset in told:
        state.sealed.horizons[topic, partition] = offset


def _cleaned(state: State) -> Packed:
    return [[*where, *told] for where, told in state.sealed.cleaned.items()]


def _load_cleaned(state: State, told: Packed) -> None:
    for topic, partition, *numbers in told:
        state.sealed.cleaned[topic, partition] = Cleaned(*numbers)


_STARTS, _ENDS = _bounds(lambda state: state.starts), _bounds(lambda state: state.ends)

PARTS = (
    Part("topics", _topics, _load_topics),
    Part("starts", _STARTS.dump, _STARTS.load),
    Part("ends", _ENDS.dump, _ENDS.load),
    Part("members", _members, _load_members),
    Part("groups", _groups, _load_groups),
    Part("shares", _shares, _load_shares),
    Part("lost", _lost, _load_lost),
    Part("schemas", _schemas, _load_schemas),
    Part("moves", lambda state: state.moves, _load_moves),
    Part("sealed", _sealed, _load_sealed),
    Part("horizons", _horizons, _load_horizons),
    Part("cleaned", _cleaned, _load_cleaned),
    Part("producers", _producers, _load_producers),
    Part("level", lambda state: state.level, _load_level),
)
