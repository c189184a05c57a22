"""An app begins anew: what of it lies on the broker and on the disk, and letting go of that.

The broker's record is the moment of it. State directories from before are of no use from then on, whether
they could be removed or not, so a crash anywhere in between leaves nothing half done: it is only to be
said once more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import frozen

from streamz_core.broker.backend import Backend, Worker
from streamz_core.broker.operating.targets import Target, Where
from streamz_core.broker.schemas import SIDES
from streamz_core.env.door import Env
from streamz_core.errors import Misuse
from streamz_core.runtime.state.statedir import app_directory


@frozen
class Reset:
    """What a reset of an app changes.

    `offsets`: of each input partition where the app stands (None: nowhere) and where it begins.
    `removed`: its internal topics, with how many records each holds. `directory`: of its state, "" if there
    is none. `living`: its workers. `readers`: other groups that read one of its internal topics. `types`:
    topics of which it is forgotten what it took them for.
    """

    app: str
    offsets: Mapping[Where, tuple[int | None, int | None]]
    removed: Mapping[str, int]
    directory: str
    living: tuple[Worker, ...]
    readers: Mapping[str, str]
    types: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing of the app to be let go of."""
        stands = any(at is not None or to is not None for at, to in self.offsets.values())
        return not (stands or self.removed or self.directory or self.types)


def plan_reset(  # noqa: PLR0913 - whose past, where it lies, and what is wanted instead
    backend: Backend,
    env: Env,
    home: str,
    app: str,
    inputs: Collection[str],
    *,
    target: Target,
    only: Collection[str] = (),
) -> Reset:
    """What letting go of the app's past changes; nothing is changed by this.

    `inputs`: the topics of others that it reads now; those that it ever read are added. `only`: of these
    alone the offsets change, all unless given. Misuse for one that is no input.
    """
    backend.refresh()
    topics, groups = backend.topics(), backend.groups()
    removed = {name: _records(backend, name) for name, one in topics.items() if one.owner == app}
    stands = groups.get(app, {})
    known = {name for name in inputs if name in topics} | {topic for topic, _ in stands}
    known -= set(removed)
    _check(only, known)
    chosen = [
        (name, partition)
        for name in sorted(only or known)
        for partition in range(topics[name].partitions)
    ]
    directory = app_directory(home, app)
    return Reset(
        app,
        {where: (stands.get(where), target(backend, where, stands.get(where))) for where in chosen},
        removed,
        directory if env.exists(directory) else "",
        tuple(one for one in backend.workers(app) if backend.alive(one)),
        {
            name: group
            for group, offsets in groups.items()
            for name, _ in offsets
            if group != app and name in removed
        },
        tuple(
            name
            for name in sorted(topics)
            if any(app in backend.read_as(name, side) for side in SIDES)
        ),
    )


def reset(backend: Backend, env: Env, wanted: Reset, asker: str) -> str:
    """Do it; what could not be removed of the disk, and why, "" if all was. Misuse while a worker lives."""
    if wanted.living:
        pids = ", ".join(str(one.info.get("pid", "?")) for one in wanted.living)
        raise Misuse(f"app {wanted.app} is running (pid {pids}): end it first. Nothing was changed")
    offsets = {where: to for where, (_, to) in wanted.offsets.items()}
    backend.reset(wanted.app, offsets, list(wanted.removed), asker)
    env.point("reset")
    try:
        if wanted.directory:
            env.remove_tree(wanted.directory)
    except OSError as error:
        return f"{error.filename or wanted.directory}: {error.strerror}"
    return ""


def _records(backend: Backend, topic: str) -> int:
    partitions = range(backend.topic(topic).partitions)
    return sum(backend.end(topic, at) - backend.start(topic, at) for at in partitions)


def _check(only: Collection[str], known: Collection[str]) -> None:
    for name in only:
        if name not in known:
            inputs = ", ".join(sorted(known)) or "none"
            raise Misuse(f"{name} is no input topic of the app; its inputs are {inputs}")
