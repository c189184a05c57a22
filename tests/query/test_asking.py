"""Asking a store as a whole: every part where it is, whoever has it at the moment."""

import socket

import attrs
import pytest

from streamz_core.errors import Misuse, NotReady
from streamz_core.log.records.state import Member
from streamz_core.query import asking
from streamz_core.query.asking import Asker
from streamz_core.query.client import Client
from streamz_core.query.questions import Question
from streamz_core.runtime.state.reading import Open

KEYS = [f"k{number}" for number in range(12)]


@pytest.fixture
def asker(place):
    warnings = []
    found = Asker(
        place.job,
        place.broker.backend.log,
        place.env,
        place.home,
        warn=warnings.append,
        timeout_s=0,
    )
    found.warnings = warnings
    yield found
    found.close()


@pytest.fixture
def both(place):
    """Two workers, a part of each store at each of them, a line for every key."""
    found = [place.worker().join(), place.worker().join()]
    for key in KEYS:
        place.send(key, f"line {key}")
    place.settle()
    parts = [set(one.worker.tasks) for one in found]
    assert all(parts)
    assert parts[0] | parts[1] == {"brief/0", "brief/1"}
    return found


def die(one):
    """As after SIGKILL: no word to anybody, the locks are free."""
    one.worker.kill()
    one.worker.backend.close()
    one.worker = None


def test_each_key_is_asked_of_its_owner(asker, both):
    for key in KEYS:
        rows = asker.get("counts", key)
        assert [(row["key"], row["value"]) for row in rows] == [(key, 1)]
    assert set(asker._clients) == {one.address for one in both}


def test_all_parts_are_merged_in_order(asker, both, monkeypatch):
    monkeypatch.setattr(asking, "ROWS_MAX", 2)
    assert [row["key"] for row in asker.range("counts")] == sorted(KEYS)
    some = asker.range("counts", "k10", "k3")
    assert [row["key"] for row in some] == ["k10", "k11", "k2", "k3"]
    windows = [row["key"]["key"] for row in asker.range("sizes", "k1", "k1")]
    assert windows == ["k1"]
    assert [row["value"] for row in asker.windows("sizes", "k1")] == [len("line k1")]
    assert asker.windows("sizes", "k1", time_from=1) == []


def test_a_store_that_functions_write_is_asked_everywhere(asker, both):
    """Its key is the line, which says nothing of the partition of the line's key."""
    for key in KEYS:
        assert [row["value"] for row in asker.get("seen", f"line {key}")] == [f"LINE {key.upper()}"]
    assert asker.get("seen", "nope") == []


def test_a_store_nobody_has(asker, both):
    with pytest.raises(Misuse, match="app counting has no store 'nope'"):
        asker.get("nope", "a")


def test_before_the_app_ran(asker):
    with pytest.raises(NotReady, match="app counting never ran on this log"):
        asker.get("counts", "a")


def test_an_owner_that_just_gave_the_task_away_is_asked_again(asker, both, monkeypatch):
    one = next(one for one in both if "brief/0" in one.worker.tasks)
    now = one.shown.now
    one.shown.now = Open(now.settled, {}, now.counts)
    with pytest.raises(NotReady, match="this worker does not own brief/0"):
        list(asker.range("counts"))
    asker._timeout_s = 60.0

    def repair(_):
        one.shown.now = now

    monkeypatch.setattr(asker._log, "wait", repair)
    assert len(list(asker.range("counts"))) == len(KEYS)


def test_after_a_death_the_others_are_waited_for(asker, both, place, monkeypatch):
    die(both[0])
    with pytest.raises(NotReady, match=r"task brief/. has no owner at the moment"):
        list(asker.range("counts"))
    asker._timeout_s = 60.0
    monkeypatch.setattr(asker._log, "wait", lambda _: place.settle())
    assert [row["value"] for row in asker.range("counts")] == [1] * len(KEYS)
    assert asker.warnings == []


def test_when_all_are_dead_their_directories_answer(asker, both):
    for one in both:
        die(one)
    assert [row["key"] for row in asker.range("counts")] == sorted(KEYS)
    assert asker.get("counts", "k3")[0]["value"] == 1
    assert asker.warnings == []
    with pytest.raises(Misuse, match="store brief is in memory and app counting is not running"):
        asker.get("brief", "k3")


def test_a_death_between_a_commit_and_its_write_is_told(asker, both, place):
    place.send("k3", "again")
    one = next(one for one in both if asker.shards("counts").partition("k3") in owned(one))
    one.worker.backend.refresh()
    one.worker.turn()
    for task in one.worker.tasks.values():
        task.applied = die_at_once
    with pytest.raises(Died):
        one.worker.commit()
    for each in both:
        die(each)
    assert asker.get("counts", "k3")[0]["value"] == 1
    assert "died before it wrote 1 committed changes of counts" in asker.warnings[0]


class Died(BaseException):
    pass


def die_at_once(_):
    raise Died


def owned(one):
    return {int(task.rpartition("/")[2]) for task in one.worker.tasks}


@pytest.mark.parametrize(
    "address", ["evil.example:80", "10.0.0.1:80", "127.0.0.1:80/x", "127.0.0.1"]
)
def test_a_member_record_sends_nobody_elsewhere(asker, both, monkeypatch, address):
    def record(fold, app, task):
        found = asking.routing.workers(fold, app)[0]
        return attrs.evolve(found, info={"http": address})

    monkeypatch.setattr(asking.routing, "owner", record)
    with pytest.raises(Misuse, match=r"is not 127\.0\.0\.1:port"):
        asker.get("counts", "a")


def test_a_worker_without_a_server_says_so(asker, both, monkeypatch):
    silent = lambda fold, *_: attrs.evolve(  # noqa: E731
        next(iter(asking.routing.workers(fold, "counting"))), info={"pid": 7}
    )
    monkeypatch.setattr(asking.routing, "owner", silent)
    with pytest.raises(Misuse, match="the worker with pid 7 answers no queries"):
        asker.get("counts", "a")


def test_the_client_connects_again_when_it_was_hung_up_on(both):
    spec = both[0].answers.find("counts")
    partition = next(iter(owned(both[0])))
    question = Question(store="counts", verb="range", partition=partition)
    client = Client(both[0].address, 10.0)
    first = client.ask(question, spec)
    both[0].server._listener.hang_up()
    assert client.ask(question, spec) == first
    client.close()


def test_a_worker_that_does_not_answer_is_not_ready(both):
    spec = both[0].answers.find("counts")
    question = Question(store="counts", verb="keys", key="a")
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        client = Client(f"127.0.0.1:{port}", 0.05)
        with pytest.raises(NotReady, match=f"the worker at 127.0.0.1:{port} does not answer"):
            client.ask(question, spec)
        client.close()


def test_the_owner_is_who_the_chain_says(both, place):
    place.broker.backend.log.refresh()
    for one in both:
        for task in one.worker.tasks:
            found = asking.routing.owner(place.broker.backend.log.state, "counting", task)
            assert isinstance(found, Member)
            assert found.info["http"] == one.address
    assert asking.routing.owner(place.broker.backend.log.state, "counting", "other/0") is None
    assert asking.routing.owner(place.broker.backend.log.state, "nobody", "brief/0") is None


def test_the_partition_is_that_of_the_records(asker, both, place):
    shards = asker.shards("counts")
    for key in KEYS:
        one = next(one for one in both if shards.partition(key) in owned(one))
        assert f"{shards.sub.name}/{shards.partition(key)}" in one.worker.tasks
