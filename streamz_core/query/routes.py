"""What the server of a worker serves: one row for each path, with the function that answers it.

An error that a function raises as Problem is an answer too. Whoever adds a path writes a function and
a row of ROUTES.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from attrs import field, frozen

from streamz_core.query.answers import Answers
from streamz_core.query.parameters import place_form
from streamz_core.query.problems import method_not_allowed, not_found
from streamz_core.query.questions import parse, segments

COMMIT = "X-Commit"


@frozen
class Request:
    """The decoded parts of the path, and the parameters behind it."""

    parts: Sequence[str]
    parameters: dict[str, str]


@frozen
class Told:
    """An answer in JSON; `headers` are ours or numbers, nothing of the request comes back in one."""

    body: str
    headers: Mapping[str, str] = field(factory=dict)


@frozen
class Route:
    """A path, whose parts in braces stand for any text. `takes`: whether parameters may follow it."""

    method: str
    path: str
    answer: Callable[[Answers, Request], Told]
    takes: bool = False

    def leads(self, parts: Sequence[str]) -> bool:
        """Whether it is the route of such a path."""
        own = self.path.split("/")[1:]
        return len(own) == len(parts) and all(
            name.startswith("{") or name == part for name, part in zip(own, parts, strict=True)
        )


def answer(method: str, target: str, answers: Answers) -> Told:
    """What a request is told; Problem 400, 404, 405, and whatever the route's function has to say."""
    request = Request(*segments(target))
    found = [route for route in ROUTES if route.leads(request.parts)]
    if not found:
        there = ", ".join(route.path for route in ROUTES)
        raise not_found("unknown-path", f"there is no such path; there are {there}")
    route = next((one for one in found if one.method == method), None)
    if route is None:
        raise method_not_allowed([one.method for one in found])
    if request.parameters and not route.takes:
        raise not_found("unknown-path", f"{route.path} takes no parameters")
    return route.answer(answers, request)


def _stores(answers: Answers, _: Request) -> Told:
    return Told(json.dumps(answers.stores()))


def _store(answers: Answers, request: Request) -> Told:
    return Told(json.dumps(answers.store(request.parts[1])))


def _rows(answers: Answers, request: Request) -> Told:
    """The rows of a question, as an object with a cursor, or the only one by itself."""
    question = parse(request.parts, request.parameters, answers.find)
    told = answers.ask(question)
    rows, commit = told.page.rows, {COMMIT: str(told.commit)}
    if question.paged:
        after = told.page.after
        form, spec = place_form(type(question)), answers.find(question.store)
        more = None if after is None else form.write(after, spec)
        return Told(f'{{"rows":[{",".join(rows)}],"cursor":{json.dumps(more)}}}', commit)
    if not rows:
        raise not_found("unknown-key", f"store {question.store} has no such key", commit)
    return Told(rows[0], commit)


ROUTES = (
    Route("GET", "/stores", _stores),
    Route("GET", "/stores/{store}", _store),
    Route("GET", "/stores/{store}/{verb}", _rows, takes=True),
    Route("GET", "/stores/{store}/{verb}/{key}", _rows, takes=True),
)
METHODS = tuple(dict.fromkeys(route.method for route in ROUTES))
