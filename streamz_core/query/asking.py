"""Asking a store as a whole: each part of it where it is, at its worker or in a stopped app's directory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from streamz_core.broker.embedded import EmbeddedBackend
from streamz_core.env.door import Env
from streamz_core.errors import Misuse, NotReady
from streamz_core.log.log import POLL_S, Log
from streamz_core.log.records.state import Member
from streamz_core.query import routing
from streamz_core.query.client import Client, Reply
from streamz_core.query.pages import page
from streamz_core.query.questions import KEYS, RANGE, ROWS_MAX, WINDOWS, Question, row_codec
from streamz_core.query.routing import Shards
from streamz_core.query.values import from_json
from streamz_core.runtime.job import Job
from streamz_core.runtime.state.reading import stopped
from streamz_core.stores.kinds import kind_of

ASK_S = 5.0  # for one answer
Row = dict[str, Any]


class Asker:
    """Asks the stores of one app. Rows are JSON objects: key, value, and for most kinds timestamp.

    A part that is moving or being restored is asked again for `timeout_s`, then NotReady says why.
    `warn` is told what a reader should know of the rows he gets.
    """

    def __init__(  # noqa: PLR0913 - whose stores, and where they may be
        self,
        job: Job,
        log: Log,
        env: Env,
        home: str,
        *,
        warn: Callable[[str], None],
        timeout_s: float = 10.0,
    ) -> None:
        self._job = job
        self._log = log
        self._env = env
        self._home = home
        self._warn = warn
        self._timeout_s = timeout_s
        self._clients: dict[str, Client] = {}

    def shards(self, store: str) -> Shards:
        """How the store is cut; Misuse if there is none of that name."""
        self._log.refresh()
        return routing.shards(self._job, self._log.state, store)

    def get(self, store: str, key: Any) -> list[Row]:
        """The row of a key: one or none. A store that functions write may have it in several tasks."""
        shards = self.shards(store)
        question = Question(store=store, verb=KEYS, key=key)
        return self._everywhere(shards, question, key)

    def windows(
        self, store: str, key: Any, time_from: int = 0, time_to: int | None = None
    ) -> list[Row]:
        """The windows of a key that start in [time_from, time_to], in ms, the earliest first."""
        shards = self.shards(store)
        question = Question(
            store=store,
            verb=WINDOWS,
            key=key,
            time_from=time_from,
            time_to=time_to,
            limit=ROWS_MAX,
        )
        return self._everywhere(shards, question, key)

    def range(
        self,
        store: str,
        low: Any = None,
        high: Any = None,
        time_from: int = 0,
        time_to: int | None = None,
    ) -> Iterator[Row]:
        """Rows with low <= key <= high in the store's order; None leaves a side open."""
        shards = self.shards(store)
        question = Question(
            store=store,
            verb=RANGE,
            low=low,
            high=high,
            time_from=time_from,
            time_to=time_to,
            limit=ROWS_MAX,
        )
        codec, order = row_codec(shards.spec), kind_of(shards.spec).order(shards.spec)
        parts = [self._pages(shards, question, p) for p in range(shards.partitions)]
        return heapq.merge(*parts, key=lambda row: order(from_json(codec, row["key"])))

    def close(self) -> None:
        """Hang up everywhere."""
        for client in self._clients.values():
            client.close()

    # ---- one part

    def _everywhere(self, shards: Shards, question: Question, key: Any) -> list[Row]:
        """The rows from the key's own part; of a store that functions write, also from the others.

        What a function writes may have any key, whatever the partition of the record it was called with.
        """
        own = shards.partition(key)
        rows = list(self._pages(shards, question, own))
        if not rows and kind_of(shards.spec).spread:
            others = (p for p in range(shards.partitions) if p != own)
            rows = [row for p in others for row in self._pages(shards, question, p)]
        return rows

    def _pages(self, shards: Shards, question: Question, partition: int) -> Iterator[Row]:
        question = attrs.evolve(question, partition=partition)
        while True:
            reply = self._ask(shards, question)
            yield from reply.rows
            if reply.after is None:
                return
            question = attrs.evolve(question, after=reply.after)

    def _ask(self, shards: Shards, question: Question) -> Reply:
        give_up_s = self._env.monotonic() + self._timeout_s
        while True:
            self._log.refresh()
            try:
                member = self._owner(shards, question)
                if member is not None:
                    return self._client(member).ask(question, shards.spec)
            except NotReady:
                if self._env.monotonic() >= give_up_s:
                    raise
            else:
                return self._stopped(shards, question)
            self._log.wait(POLL_S)

    def _owner(self, shards: Shards, question: Question) -> Member | None:
        """The living worker that owns the part; None if no worker of the app lives."""
        assert question.partition is not None, "one part at a time"
        task = shards.task(question.partition)
        member = routing.owner(self._log.state, self._job.name, task)
        if member is not None and self._log.alive(member.incarnation):
            return member
        all_workers = routing.workers(self._log.state, self._job.name)
        if any(self._log.alive(one.incarnation) for one in all_workers):
            raise NotReady(f"task {task} has no owner at the moment; ask again")
        return None

    def _client(self, member: Member) -> Client:
        address = member.info.get(routing.ADDRESS)
        if not isinstance(address, str):
            raise Misuse(
                f"the worker with pid {member.info.get('pid', '?')} answers no queries; start it by "
                "`streamz run` without --http no, or ask when it is stopped"
            )
        if address not in self._clients:
            self._clients[address] = Client(address, ASK_S)
        return self._clients[address]

    def _stopped(self, shards: Shards, question: Question) -> Reply:
        """From the directory that the last owner left."""
        assert question.partition is not None, "one part at a time"
        spec, where = shards.spec, (shards.sub, question.partition, shards.spec.name)
        backend = EmbeddedBackend(self._env, self._log)
        with stopped(self._job, self._env, backend, self._home, *where) as moment:
            if moment.behind and question.after is None:
                self._warn(
                    f"{shards.task(question.partition)}: the last worker died before it wrote "
                    f"{moment.behind} committed changes of {spec.name}; these rows are of commit "
                    f"{moment.commit}, the next start of the app brings them up to date"
                )
            found = page(spec, [moment.rows], question, self._env.monotonic, _go_on)
        return Reply([json.loads(row) for row in found.rows], found.after, moment.commit)


def _go_on() -> None:
    """Nobody else is waiting here."""
