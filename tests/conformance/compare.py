"""What a run of a case showed, beside what the case expects (FORMAT.md, "How to compare")."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable
from itertools import zip_longest

from attrs import field, frozen

from streamz_core.errors import StreamzError
from tests.conformance.cases import Case, Json, Spec
from tests.conformance.queries import compared, expected

NOTHING = "nothing"
"""Stands where one side has no record, row or error beside the other's."""


@frozen
class Failure:
    """An error of the run: where (`build`, `run`), after which input, and what was raised. `after` is
    None where nobody can know: in a batch.
    """

    at: str
    after: int | None
    error: Exception

    def __str__(self) -> str:
        after = "" if self.after is None else f" at input {self.after}"
        return f"{type(self.error).__name__} at {self.at}{after}: {self.error}"

    def trace(self) -> list[str]:
        """The whole traceback, in lines."""
        return "".join(traceback.format_exception(self.error)).splitlines()


@frozen
class Observed:
    """Results of one run in the form of a case. Outputs have no `after` where nobody can know."""

    outputs: list[Spec] = field(factory=list)
    stores: dict[str, list[Json]] = field(factory=dict)
    answers: list[Json] = field(factory=list)
    failure: Failure | None = None


@frozen
class Difference:
    """The first thing that differs: what it is, as expected, as it came."""

    what: str
    expected: Json
    got: Json

    def __str__(self) -> str:
        return (
            f"at       {self.what}\nexpected {_shown(self.expected)}\ngot      {_shown(self.got)}"
        )


def compare(case: Case, observed: Observed, *, by_key: bool = False) -> Difference | None:
    """The first difference between the run and the case; None if it passed. `by_key`: in several partitions
    only records of one key have an order.
    """
    if case.error_expected is not None or observed.failure is not None:
        return _compare_failure(case.error_expected, observed.failure)
    return (
        _compare_outputs(
            *(
                sorted(outputs, key=_place) if by_key else outputs
                for outputs in (case.outputs_expected, observed.outputs)
            )
        )
        or _compare_stores(case.stores_expected, observed.stores)
        or _compare_answers(case, observed.answers)
    )


def _compare_failure(expected: Spec | None, got: Failure | None) -> Difference | None:
    shown = NOTHING if got is None else str(got)
    if expected is None or got is None:
        return Difference("error", expected or NOTHING, shown)
    if expected["at"] in ("build", "start"):
        # A refusal is an error of the library: any other is a bug of it or of this runner.
        same = got.at == "build" and isinstance(got.error, StreamzError)
    else:
        same = got.at == expected["at"] and got.after in (None, expected.get("after"))
    return None if same else Difference("error", expected, shown)


def _compare_outputs(expected: list[Spec], got: list[Spec]) -> Difference | None:
    for topic in sorted({record["topic"] for record in [*expected, *got]}):
        pairs = zip_longest(_of(topic, expected), _of(topic, got), fillvalue=NOTHING)
        for index, (want, have) in enumerate(pairs):
            if not _equal(want, have):
                return Difference(f"{topic}[{index}]", want, have)
    return None


def _place(record: Spec) -> str:
    """Records that are told apart by it have no order; those without a key have none at all."""
    whole = record if record["key"] is None else {}
    return canonical([record["key"], record.get("window"), whole])


def _equal(want: Json, have: Json) -> bool:
    if NOTHING in (want, have):
        return False
    parts = have.keys() | (want.keys() - {"after"})
    return all(canonical(want.get(part)) == canonical(have.get(part)) for part in parts)


def _of(topic: str, records: Iterable[Spec]) -> list[Spec]:
    return [record for record in records if record["topic"] == topic]


def _compare_stores(
    expected: dict[str, list[Json]], got: dict[str, list[Json]]
) -> Difference | None:
    """Rows as sets; the first row that is not on both sides. `got` may hold other stores besides."""
    for name, rows in expected.items():
        if name not in got:
            return Difference(f"store {name}", rows, NOTHING)
        want, have = sorted(map(canonical, rows)), sorted(map(canonical, got[name]))
        for row, other in zip_longest(want, have):
            if row != other:
                missing = [row for row in want if row not in have]
                return Difference(f"store {name}", _rows(missing), _rows(set(have) - set(want)))
    return None


def _compare_answers(case: Case, got: list[Json]) -> Difference | None:
    """Answers one by one, exact and in order, as far as there is one to compare."""
    every = zip_longest(case.queries, case.answers_expected, got, fillvalue=NOTHING)
    for query, recorded, have in every:
        if NOTHING in (query, have) or compared(query, recorded):
            want = expected(query, recorded)
            if canonical(want) != canonical(have):
                return Difference(f"query {canonical(query)}", want, have)
    return None


def _rows(rows: Iterable[str]) -> Json:
    return [json.loads(row) for row in sorted(rows)] or NOTHING


def canonical(value: Json) -> str:
    """One text for equal JSON values, and other texts for all others (1 is not true)."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shown(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
