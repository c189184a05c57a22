"""Groups: who is in one, where it stands, how far it is behind, and moving it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, TypeVar

from attrs import frozen

from streamz_core.broker.backend import Backend, Worker
from streamz_core.broker.checks import NUMBER_MAX, mapped, partition_in, place, whole
from streamz_core.broker.operating.targets import Target, Where
from streamz_core.coordination.agreeing import OUTLINE, Outline
from streamz_core.errors import Misuse

T = TypeVar("T")
ASKER = "admin"


@frozen
class GroupPart:
    """A partition that a group reads. `committed`: the offset it reads next, None if it never committed; `end`: the one
    the next record gets. `member`: who reads it now, as far as that is known."""

    topic: str
    partition: int
    committed: int | None
    end: int
    member: Worker | None

    @property
    def lag(self) -> int | None:
        """How many offsets it is behind; None if it never committed."""
        return None if self.committed is None else self.end - self.committed


@frozen
class GroupDescription:
    """A group: an app's, or one of consumers. `members`: those that live; `tasks`: of an app, with their owners; `shared`: the
    partitions that consumers divide among them, with who has each."""

    name: str
    kind: Literal["app", "consumers"]
    members: tuple[Worker, ...]
    tasks: Mapping[str, Worker | None]
    parts: tuple[GroupPart, ...]
    shared: Mapping[Where, Worker | None]

    @property
    def state(self) -> Literal["empty", "rebalancing", "stable"]:
        """As Kafka has it: nobody lives, something is nobody's, or all is well."""
        if not self.members:
            return "empty"
        free = None in self.tasks.values() or None in self.shared.values()
        return "rebalancing" if free else "stable"

    def of(self, member: Worker) -> list[str]:
        """What a member has: tasks of an app, or partitions."""
        parts = [f"{topic}[{part}]" for (topic, part), one in self.shared.items() if one == member]
        return sorted(task for task, one in self.tasks.items() if one == member) + parts

    @property
    def lag(self) -> int:
        """How many offsets it is behind in all partitions where it committed."""
        return sum(part.lag or 0 for part in self.parts)


def group_names(backend: Backend) -> list[str]:
    """Every group that has members, offsets or tasks, sorted."""
    committed = (name for name, at in backend.groups().items() if at or backend.tasks(name))
    owners = (one.owner for one in backend.topics().values() if one.owner)
    return sorted({*committed, *owners, *backend.gathered()})


def find_group(backend: Backend, name: str) -> str:
    """The name, if there is such a group; Misuse with those there are."""
    if not isinstance(name, str):
        raise TypeError(f"a group is named by text, not by {name!r:.80}")
    known = group_names(backend)
    if name not in known:
        raise Misuse(f"there is no group {name!r:.80} (groups: {', '.join(known)[:400] or 'none'})")
    return name


def describe_group(backend: Backend, name: str) -> GroupDescription:
    """One group; Misuse."""
    backend.refresh()
    find_group(backend, name)
    tasks = _living_only(backend, backend.tasks(name))
    members = tuple(one for one in backend.workers(name) if backend.alive(one))
    internal = any(one.owner == name for one in backend.topics().values())
    app = bool(tasks) or internal or any(OUTLINE in one.info for one in members)
    shared = _living_only(backend, backend.shared(name))
    readers = {**_readers(members, tasks), **shared}
    stands = backend.groups().get(name, {})
    parts = [
        GroupPart(
            topic, at, stands.get((topic, at)), backend.end(topic, at), readers.get((topic, at))
        )
        for topic, at in sorted({*stands, *readers})
        if topic in backend.topics()
    ]
    kind: Literal["app", "consumers"] = "app" if app else "consumers"
    return GroupDescription(name, kind, members, tasks, tuple(parts), shared)


def plan_offsets(
    backend: Backend, name: str, target: Target, only: Mapping[str, Collection[int]] | None = None
) -> dict[Where, tuple[int | None, int | None]]:
    """Where the group stands and would go on, by (topic, partition); nothing is changed.

    `only`: the partitions of each topic that are meant, none for all of it; else all where it committed. UnknownTopic;
    Misuse for an app: its state goes with its offsets, which `streamz reset` moves together.
    """
    _movable(describe_group(backend, name))
    stands = backend.groups().get(name, {})
    wanted = sorted(stands) if only is None else list(_named(backend, only))
    return {
        where: (stands.get(where), target(backend, where, stands.get(where))) for where in wanted
    }


def move_group(backend: Backend, name: str, offsets: Mapping[Where, int | None]) -> None:
    """The group goes on at these offsets, None: as if it never committed; all or nothing. Misuse for an app, for
    offsets that a partition does not have, and while a member lives."""
    placed = {place(where): at for where, at in mapped("offsets", offsets).items()}
    found = describe_group(backend, name)
    _movable(found)
    if found.members:
        pids = ", ".join(str(one.info.get("pid", one.id.hex())) for one in found.members)
        raise Misuse(
            f"group {name} has living members (pid {pids}): end them first. Nothing was changed"
        )
    for (topic, partition), offset in placed.items():
        partition_in(topic, partition, backend.topic(topic).partitions)
        if offset is not None:
            whole(f"the offset for {topic}[{partition}]", offset, 0, NUMBER_MAX)
    backend.reset(name, placed, (), ASKER)


def delete_group(backend: Backend, name: str) -> None:
    """The group is as if it had never been. Misuse for an app, and while a member lives."""
    backend.refresh()
    move_group(backend, name, dict.fromkeys(backend.groups().get(name, {})))


def _movable(found: GroupDescription) -> None:
    if found.kind == "app":
        raise Misuse(
            f"group {found.name} is an app's, whose state goes with its offsets: streamz reset APP moves both, or lets it "
            "begin anew"
        )


def _named(backend: Backend, only: Mapping[str, Collection[int]]) -> Iterator[Where]:
    for topic, partitions in only.items():
        count = backend.topic(topic).partitions
        for partition in partitions or range(count):
            yield topic, partition_in(topic, partition, count)


def _living_only(backend: Backend, tasks: Mapping[T, Worker | None]) -> Mapping[T, Worker | None]:
    return {
        task: owner if owner is not None and backend.alive(owner) else None
        for task, owner in tasks.items()
    }


def _readers(
    members: Collection[Worker], tasks: Mapping[str, Worker | None]
) -> dict[Where, Worker | None]:
    """By partition who reads it: a task, as the members of the app say what each reads."""
    said = (one.info[OUTLINE] for one in members if OUTLINE in one.info)
    outline: Outline = next(said, {})
    found: dict[Where, Worker | None] = {}
    for task, owner in tasks.items():
        sub, _, partition = task.rpartition("/")
        for topic in outline.get(sub, {}).get("reads", ()):
            if partition.isdigit():
                found[topic, int(partition)] = owner
    return found
