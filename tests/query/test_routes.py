"""The table of paths: which row leads where, and what no row leads to."""

import json
from http import HTTPStatus

import pytest

from streamz_core.query import routes
from streamz_core.query.problems import Problem
from streamz_core.query.routes import ROUTES, Route, Told, answer
from streamz_core.query.verbs import VERBS


def refused(method, target):
    with pytest.raises(Problem) as caught:
        answer(method, target, None)
    return caught.value


@pytest.mark.parametrize(
    "path,parts,leads",
    [
        ("/a", ["a"], True),
        ("/a", ["b"], False),
        ("/a", ["a", ""], False),
        ("/a/{x}", ["a", "b"], True),
        ("/a/{x}", ["a", ""], True),
        ("/a/{x}", ["a", "b", "c"], False),
        ("/a/{x}/c", ["a", "b", "d"], False),
    ],
)
def test_braces_stand_for_any_text_of_one_part(path, parts, leads):
    assert Route("GET", path, None).leads(parts) is leads


def test_every_path_leads_to_one_row():
    for parts in (["stores"], ["stores", "s"], ["stores", "s", "v"], ["stores", "s", "v", "k"]):
        assert sum(route.leads(parts) for route in ROUTES) == 1


def test_a_path_that_nothing_leads_to_names_those_there_are():
    for target in ("/", "/store", "/stores/a/keys/b/c", "//stores"):
        problem = refused("GET", target)
        assert (problem.status, problem.kind) == (HTTPStatus.NOT_FOUND, "unknown-path")
        assert "/stores/{store}" in problem.detail


def test_parameters_follow_only_where_they_are_taken():
    assert refused("GET", "/stores?x=1").detail == "/stores takes no parameters"
    assert refused("GET", "/stores/a?x=1").detail == "/stores/{store} takes no parameters"


def test_another_method_is_refused_with_those_there_are(monkeypatch):
    mine = [
        Route("GET", "/a", lambda *_: Told("got")),
        Route("PUT", "/a", lambda *_: Told("put")),
        Route("PUT", "/b", lambda *_: Told("b")),
    ]
    monkeypatch.setattr(routes, "ROUTES", mine)
    assert answer("GET", "/a", None).body == "got"
    assert answer("PUT", "/a", None).body == "put"
    problem = refused("POST", "/a")
    assert problem.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert problem.headers == {"Allow": "GET, PUT"}
    assert refused("GET", "/b").headers == {"Allow": "PUT"}


def test_rows_come_alone_or_as_a_page_as_the_verb_says(running):
    for target, paged in [
        ("/stores/counts/keys/a", False),
        ("/stores/sizes/windows/a", True),
        ("/stores/counts/range", True),
    ]:
        assert VERBS[target.split("/")[3]].paged is paged
        told = answer("GET", target, running.answers)
        assert ("cursor" in json.loads(told.body)) is paged
        assert int(told.headers["X-Commit"]) > 0


def test_a_key_without_a_row_is_told_with_the_commit(running):
    with pytest.raises(Problem) as caught:
        answer("GET", "/stores/counts/keys/nope", running.answers)
    assert (caught.value.status, caught.value.kind) == (HTTPStatus.NOT_FOUND, "unknown-key")
    assert int(caught.value.headers["X-Commit"]) > 0
