"""The recorded queries of Kafka, asked as over HTTP: as targets, page by page, their rows as JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from streamz_core.query.answers import Answers
from streamz_core.query.parameters import read_cursor
from streamz_core.query.problems import Problem
from streamz_core.query.questions import target
from streamz_core.query.routes import answer
from streamz_core.query.values import from_json
from streamz_core.query.verbs import OneWindow, Paged, Question, Range, Windows
from streamz_core.runtime.state.reading import OpenTasks
from streamz_core.stores.kinds import kind_of
from tests.conformance import queries
from tests.conformance.build import build
from tests.conformance.cases import Case, read_cases
from tests.conformance.compare import canonical

VECTORS = Path(__file__).parents[1] / "vectors"
CASES = [
    case
    for name in ("queries.jsonl.xz", "next/headers-queries.jsonl.xz")
    for case in read_cases([VECTORS / name])
]


class OverHttp:
    """A store as `tests.conformance.queries` asks it; at most `at_once` rows in an answer."""

    def __init__(self, answers: Answers, name: str, at_once: int) -> None:
        self.answers = answers
        self.name = name
        self.spec = answers.find(name)
        self.at_once = at_once

    def range(self, low: Any = None, high: Any = None, **more: Any) -> list[tuple[Any, ...]]:
        return self.paged(Range(store=self.name, low=low, high=high, limit=self.at_once, **more))

    def windows(
        self, key: Any, time_from: int = 0, time_to: int | None = None, **more: Any
    ) -> list[tuple[Any, ...]]:
        span = {"time_from": time_from, "time_to": time_to, "limit": self.at_once}
        return self.paged(Windows(store=self.name, key=key, **span, **more))

    def window(self, key: Any, start: int, end: int | None = None) -> tuple[Any, ...] | None:
        question = OneWindow(store=self.name, key=key, start=start, end=end)
        with suppress(Problem):  # 404, if there is none
            return self.row(self.get(question))
        return None

    def paged(self, question: Paged) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        while True:
            told = self.get(question)
            assert len(told["rows"]) <= self.at_once
            rows += map(self.row, told["rows"])
            if told["cursor"] is None:
                return rows
            after = read_cursor(self.spec, told["cursor"])
            question = attrs.evolve(question, after=after)

    def get(self, question: Question) -> Any:
        return json.loads(answer("GET", target(question, self.spec), self.answers).body)

    def row(self, told: dict[str, Any]) -> tuple[Any, ...]:
        key = from_json(kind_of(self.spec).row_key(self.spec), told["key"])
        return (key, *(told[name] for name in ("value", "timestamp") if name in told))


@pytest.mark.parametrize("at_once", [1, 3, 1000])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_query_is_answered_over_http(case: Case, at_once: int) -> None:
    shown = OpenTasks()
    with build(case).app.test() as t:
        t._workers[0]._shown = shown
        for entry in case.inputs:
            t.topic(entry["topic"]).send(entry["key"], entry["value"], timestamp=entry["ts"])
        answers = Answers(t._job.plan, shown, t._workers[0].env)
        for query, recorded in zip(case.queries, case.answers_expected, strict=True):
            if queries.compared(query, recorded):
                told = queries.answer(query, OverHttp(answers, query["store"], at_once))
                assert canonical(told) == canonical(queries.expected(query, recorded)), query
