"""Problems: what each kind is as a status and as headers, and how it is read on the other side."""

import json

import pytest

from streamz_core.query import problems


@pytest.mark.parametrize(
    "problem,status,kind",
    [
        (problems.bad_request("d"), 400, "bad-request"),
        (problems.forbidden("wrong-host", "d"), 403, "wrong-host"),
        (problems.not_found("unknown-key", "d"), 404, "unknown-key"),
        (problems.method_not_allowed(["GET"]), 405, "bad-request"),
        (problems.not_owner("d"), 409, "not-owner"),
        (problems.failed("d"), 500, "failed"),
        (problems.not_ready("d"), 503, "not-ready"),
    ],
)
def test_a_problem_is_read_as_it_was_told(problem, status, kind):
    told = json.loads(problem.body())
    assert (told["status"], told["type"]) == (status, f"urn:streamz:problem:{kind}")
    assert told["title"] == problem.status.phrase
    assert problems.kind_of(problem.body()) == (kind, problem.detail)


def test_what_passes_says_when_to_ask_again_and_nothing_else_does():
    assert problems.not_ready("d").headers == {"Retry-After": "1"}
    assert problems.not_owner("d").headers == {}


def test_a_method_that_is_not_served_names_those_that_are():
    problem = problems.method_not_allowed(["GET", "PUT"])
    assert problem.headers == {"Allow": "GET, PUT"}
    assert problem.detail == "only GET, PUT is served"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"type":"x"}', b"\xff"])
def test_what_is_no_problem_is_shown_as_text(body):
    assert problems.kind_of(body) == ("", body.decode(errors="replace"))


def test_of_a_long_text_only_the_beginning_is_shown():
    assert problems.kind_of(b"x" * 5000) == ("", "x" * 200)
