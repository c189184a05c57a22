"""Asking a store as a whole: each part of it where it is, at its worker or in a stopped app's directory."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from streamz_core.broker.backend import Backend
from streamz_core.env.door import Env
from streamz_core.errors import NotReady
from streamz_core.query import routing
from streamz_core.query.client import Client, Reply
from streamz_core.query.pages import page
from streamz_core.query.routing import Shards
from streamz_core.query.values import from_json
from streamz_core.query.verbs import ROWS_MAX, Question
from streamz_core.runtime.schemas import check_store
from streamz_core.runtime.state.reading import stopped, stopped_copy
from streamz_core.stores.kinds import kind_of
from streamz_core.topology.plan import Plan

ASK_S = 5.0  # for one answer
LOOK_S = 0.1  # at least so often, while a part has nobody who answers
Row = dict[str, Any]


class Asker:
    """Asks the stores of one app. Rows are JSON objects: key, value, and for most kinds timestamp.

    A part that is moving or being restored is asked again for `timeout_s`, then NotReady says why.
    `warn` is told what a reader should know of the rows he gets.
    """

    def __init__(  # noqa: PLR0913 - whose stores, and where they may be
        self,
        plan: Plan,
        backend: Backend,
        env: Env,
        home: str,
        *,
        warn: Callable[[str], None],
        timeout_s: float = 10.0,
    ) -> None:
        self._plan = plan
        self._backend = backend
        self._env = env
        self._home = home
        self._warn = warn
        self._timeout_s = timeout_s
        self._clients: dict[str, Client] = {}

    def shards(self, store: str) -> Shards:
        """How the store is cut; Misuse if there is none of that name, or if what is kept under it is no
        such store, with the ways out."""
        self._backend.refresh()
        found = routing.shards(self._plan, self._backend, store)
        check_store(self._plan, self._backend, found.spec)
        return found

    def ask(self, question: Question) -> Iterable[Row]:
        """Every row that answers it, in the store's order; of a key's those of its own partition.

        Misuse if there is no such store. Parts are asked while the rows are read: their errors, NotReady
        among them, may come then.
        """
        shards = self.shards(question.store)
        question = attrs.evolve(question, limit=ROWS_MAX)
        if question.keyed:
            return self._of_key(shards, question)
        kind = kind_of(shards.spec)
        codec, order = kind.row_key(shards.spec), kind.order(shards.spec)
        parts = [self._pages(shards, question, p) for p in range(shards.partitions)]
        return heapq.merge(
            *parts,
            key=lambda row: order(from_json(codec, row["key"])),
            reverse=question.reverse,
        )

    def close(self) -> None:
        """Hang up everywhere."""
        for client in self._clients.values():
            client.close()

    # ---- one part

    def _of_key(self, shards: Shards, question: Question) -> list[Row]:
        """The rows from the key's own part; of a store that functions write, also from the others.

        What a function writes may have any key, whatever the partition of the record it was called with.
        """
        own = shards.partition(question.key)
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
        assert question.partition is not None, "one part at a time"
        give_up_s = self._env.monotonic() + self._timeout_s
        while True:
            self._backend.refresh()
            try:
                worker = routing.holder(self._backend, self._plan.app, shards, question.partition)
                if worker is not None:
                    return self._client(routing.address(worker)).ask(question, shards.spec)
            except NotReady:
                if self._env.monotonic() >= give_up_s:
                    raise
            else:
                return self._stopped(shards, question)
            self._backend.wait(LOOK_S)

    def _client(self, address: str) -> Client:
        if address not in self._clients:
            self._clients[address] = Client(address, ASK_S)
        return self._clients[address]

    def _stopped(self, shards: Shards, question: Question) -> Reply:
        """From the directory that the last owner left."""
        assert question.partition is not None, "one part at a time"
        spec, whose = shards.spec, (self._plan, self._env, self._backend, self._home)
        opened = (
            stopped_copy(*whose, spec.name)
            if shards.sub is None
            else stopped(*whose, shards.sub, question.partition, spec.name)
        )
        with opened as moment:
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
