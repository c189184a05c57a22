"""Where a task begins in partitions that its app never committed: what `offset_reset=` of a source says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from streamz_core.broker.backend import Backend
from streamz_core.broker.operating.targets import Where, latest, to_time
from streamz_core.env.door import Env
from streamz_core.errors import Misuse
from streamz_core.topology.nodes import OffsetReset
from streamz_core.topology.subtopologies import Input


class Starting:
    """Says the same of a partition whenever it is asked: what is undone before the first commit is
    read again, not passed over."""

    def __init__(self, backend: Backend, env: Env, inputs: Sequence[Input]) -> None:
        self._backend = backend
        self._env = env
        self._resets = {one.topic: one.reset for one in inputs}
        self._found: dict[Where, int] = {}

    def at(self, topic: str, partition: int) -> int:
        """The offset it is read from. Misuse if the source does not want to begin by itself."""
        where = (topic, partition)
        if where not in self._found:
            reset = self._resets[topic]
            self._found[where] = POLICIES[reset.policy](self._backend, self._env, where, reset)
        return max(self._found[where], self._backend.start(topic, partition))


def _earliest(backend: Backend, env: Env, where: Where, reset: OffsetReset) -> int:  # noqa: ARG001
    return backend.start(*where)


def _latest(backend: Backend, env: Env, where: Where, reset: OffsetReset) -> int:  # noqa: ARG001
    return latest(backend, where, None)


def _none(backend: Backend, env: Env, where: Where, reset: OffsetReset) -> int:  # noqa: ARG001
    topic, partition = where
    raise Misuse(
        f"{topic}[{partition}] was never committed by this app, and its source says offset_reset='none': say where "
        "it begins (streamz reset --to-offset, --to-earliest, --to-latest, ...), or have it begin by itself"
    )


def _back(backend: Backend, env: Env, where: Where, reset: OffsetReset) -> int:
    found = to_time(env.now_ms() - reset.back_ms)(backend, where, None)
    return backend.start(*where) if found is None else found


POLICIES: dict[str, Callable[[Backend, Env, Where, OffsetReset], int]] = {
    "earliest": _earliest,
    "latest": _latest,
    "none": _none,
    "back": _back,
}
