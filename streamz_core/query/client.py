"""Asking one worker over HTTP."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from attrs import field, frozen

from streamz_core.errors import Misuse, NotReady, StreamzError
from streamz_core.query.parameters import place_form
from streamz_core.query.problems import kind_of
from streamz_core.query.questions import target
from streamz_core.query.verbs import Question
from streamz_core.topology.nodes import StoreSpec

ANSWER_BYTES_MAX = 64 << 20
_ADDRESS = re.compile(r"(127\.0\.0\.1):([0-9]{1,5})")


@frozen
class Reply:
    """Rows as JSON objects (key, value, timestamp); `after`: the key to go on behind, None at the end.

    `commit`: what they are the result of. `behind`: changes in the changelog that are not in them.
    """

    rows: Sequence[dict[str, Any]]
    after: Any = None
    commit: int = 0
    behind: int = field(default=0, kw_only=True)


class Client:
    """A connection to one worker; it is opened by the first question, and again when it was lost."""

    def __init__(self, address: str, timeout_s: float) -> None:
        """Misuse unless `address` is a port of this machine: a member record may not send us elsewhere."""
        found = _ADDRESS.fullmatch(address)
        if found is None:
            raise Misuse(
                f"a worker says that it answers at {address!r}, which is not 127.0.0.1:port"
            )
        self.address = address
        self._connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=timeout_s)

    def ask(self, question: Question, spec: StoreSpec) -> Reply:
        """Its answer; NotReady if it has none now or is not the owner, Misuse if the question is wrong."""
        where = target(question, spec)
        try:
            status, commit, body = self._get(where)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise NotReady(f"the worker at {self.address} does not answer: {error!r}") from error
        if status == HTTPStatus.OK:
            return _reply(question, spec, commit, body)
        kind, detail = kind_of(body)
        if kind == "unknown-key":
            return Reply([], commit=commit)
        if status in {HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE}:
            raise NotReady(detail or f"the worker at {self.address} is busy")
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Misuse(f"the worker at {self.address} refused {where}: {detail}")
        raise StreamzError(f"the worker at {self.address} failed: {detail}")

    def close(self) -> None:
        """Hang up; the next question connects again."""
        self._connection.close()

    def _get(self, where: str) -> tuple[int, int, bytes]:
        """(status, commit, body). An idle connection may have been closed by the other side."""
        again = self._connection.sock is not None
        try:
            return self._once(where)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.close()
            if not again:
                raise
            return self._once(where)

    def _once(self, where: str) -> tuple[int, int, bytes]:
        self._connection.request("GET", where)
        response = self._connection.getresponse()
        body = response.read(ANSWER_BYTES_MAX)
        commit = response.getheader("X-Commit", "0")
        return response.status, int(commit) if commit.isdigit() else 0, body


def _reply(question: Question, spec: StoreSpec, commit: int, body: bytes) -> Reply:
    try:
        told = json.loads(body)
        if not question.paged:
            return Reply([told], commit=commit)
        after = told["cursor"]
        return Reply(
            told["rows"],
            None if after is None else place_form(type(question)).read(after, spec),
            commit,
        )
    except (ValueError, TypeError, KeyError) as error:
        raise StreamzError(f"a worker's answer cannot be read: {error!r}") from error
