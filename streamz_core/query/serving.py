"""A worker that can be asked: the server is there before the worker joins, and its address in the record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamz_core.env.door import Env
from streamz_core.query.answers import Answers
from streamz_core.query.routing import ADDRESS
from streamz_core.query.server import Server
from streamz_core.runtime.job import Job
from streamz_core.runtime.state.reading import OpenTasks
from streamz_core.runtime.worker import Worker


@contextmanager
def serving(job: Job, env: Env, home: str, *, http: bool = True) -> Iterator[Worker]:
    """A worker of the app, a member already; `http=False`: nobody can ask it. The caller runs it."""
    shown = OpenTasks()
    info: dict[str, Any] = {"pid": env.pid()}
    if not http:
        yield Worker(job, env, home, info=info, shown=shown)
        return
    server = Server(Answers(job.plan, shown, env), env)
    server.start()
    try:
        yield Worker(job, env, home, info={**info, ADDRESS: server.address}, shown=shown)
    finally:
        server.close()
