"""What everything that a worker runs shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import field, frozen

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.metrics import Metrics
from streamz_core.runtime.job import Job
from streamz_core.runtime.state.state import StateOptions
from streamz_core.runtime.task.following import Following
from streamz_core.stores.kind import Store


@frozen
class Place:
    """`everywhere`: the stores of the tables of which the worker has all rows, which its tasks only read. `wake`: has
    the worker look at its tasks, called by any thread.
    """

    job: Job
    backend: Backend
    env: Env
    metrics: Metrics
    state: StateOptions
    following: Following
    everywhere: Mapping[str, Store] = field(factory=dict)
    wake: Callable[[], object] = field(default=bool)
