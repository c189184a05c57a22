"""A worker's answers from its open tasks: committed rows, of its own parts, of one moment."""

from http import HTTPStatus

import pytest

from streamz_core.query import answers, pages, routing
from streamz_core.query.problems import Problem
from streamz_core.query.verbs import Keys, Range
from streamz_core.runtime.state.reading import NOTHING
from tests.query.counting import KEYS

A = Keys(store="counts", key="a")


def count(worker, **more):
    """The value of `a`."""
    (row,) = worker.answers.ask(Keys(store="counts", key="a", **more)).page.rows
    return row


def refused(worker, question=A):
    """(status, detail) of the problem."""
    with pytest.raises(Problem) as caught:
        worker.answers.ask(question)
    return caught.value.status, caught.value.detail


def test_before_the_worker_joins_there_is_no_answer(place):
    status, detail = refused(place.worker())
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "is starting" in detail


def test_each_answers_for_its_own_parts_and_for_no_other(both, place):
    shards = routing.shards(place.plan, place.backend, "counts")
    for key in KEYS:
        question = Keys(store="counts", key=key)
        for one in both:
            if shards.partition(key) in one.partitions:
                assert len(one.answers.ask(question).page.rows) == 1
            else:
                assert refused(one, question)[0] == HTTPStatus.CONFLICT
    for one, other in (both, both[::-1]):
        assert set(one.answers.store("counts")["here"]) == one.partitions
        for partition in one.partitions:
            question = Range(store="counts", partition=partition)
            assert refused(other, question)[0] == HTTPStatus.CONFLICT
    assert refused(both[0], Range(store="counts", partition=17))[0] == HTTPStatus.CONFLICT


def test_what_there_is_stands_by_name_with_its_kind(running):
    told = running.answers.stores()
    assert (told["app"], told["commit"]) == ("counting", running.shown.now.settled)
    kinds = {store["name"]: store["kind"] for store in told["stores"]}
    assert kinds == {
        "brief": "timestamped",
        "counts": "timestamped",
        "said": "versioned",
        "seen": "plain",
        "sizes": "window",
    }
    with pytest.raises(Problem, match="no store 'nope'"):
        running.answers.store("nope")


def test_a_task_that_is_being_restored_asks_for_patience(running, monkeypatch):
    for state in running.shown.now.states.values():
        monkeypatch.setattr(state, "_restore", object())
    status, detail = refused(running)
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "is being restored" in detail
    assert running.answers.store("counts")["restoring"] == [0, 1]


def test_after_the_worker_left_there_is_no_answer(running):
    running.worker.close()
    running.worker = None
    assert running.shown.now is NOTHING
    assert refused(running)[0] == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_task_closed_in_the_middle_of_an_answer_asks_for_patience(running, monkeypatch):
    monkeypatch.setattr(pages, "PIECE_ROWS", 1)

    def close(_):
        for task in running.worker.tasks.values():
            task.close()

    monkeypatch.setattr(running.answers, "_pause", close)
    monkeypatch.setattr(pages, "BYTES_MAX", 1 << 60)
    monkeypatch.setattr("streamz_state.view.ROWS_FIRST", 1)
    status, detail = refused(running, Range(store="counts"))
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert "closed while it was read" in detail


def test_a_commit_may_be_demanded(running, place, monkeypatch):
    settled = running.shown.now.settled
    assert '"value":2' in count(running, min_commit=settled)
    monkeypatch.setattr(answers, "WAIT_S", 0.01)
    status, detail = refused(running, Keys(store="counts", key="a", min_commit=settled + 1))
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert f"not yet at {settled + 1}" in detail
    monkeypatch.setattr(answers, "WAIT_S", 30.0)
    monkeypatch.setattr(
        running.answers._never, "wait", lambda _: (place.send("a", "four"), place.settle())
    )
    assert '"value":3' in count(running, min_commit=settled + 1)


def test_a_part_that_had_nothing_to_commit_is_as_new_as_the_rest(running, place):
    before = running.shown.now.settled
    place.send("a", "four")
    place.settle()
    settled = running.shown.now.settled
    assert settled > before
    told = [
        running.answers.ask(Range(store="counts", partition=p, min_commit=settled)) for p in (0, 1)
    ]
    assert min(one.commit for one in told) <= before


def test_rows_that_are_not_committed_are_not_told(running, place):
    place.send("a", "four")
    running.worker.backend.refresh()
    running.worker.turn()
    assert '"value":2' in count(running)
    running.worker.commit()
    assert '"value":3' in count(running)
