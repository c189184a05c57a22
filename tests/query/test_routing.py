"""Who answers for a key, as the log says."""

import pytest
from attrs import evolve

from streamz_core.broker.backend import Worker
from streamz_core.errors import CodecError, Misuse, NotReady
from streamz_core.query import routing
from streamz_core.query.routing import Shards
from streamz_core.record import Windowed
from streamz_core.stores.kinds import kind_of
from tests.query.counting import KEYS, PARTITIONS

APP = "counting"


class Group:
    """Workers of an app, of whom some live; the first of `owners` has the task."""

    def __init__(self, *, owners=(), workers=(), alive=()):
        self._owners = owners
        self._workers = workers
        self._alive = alive

    def owner(self, group, task):
        assert (group, task) == (APP, "t/0")
        return next(iter(self._owners), None)

    def workers(self, group):
        assert group == APP
        return self._workers

    def alive(self, worker):
        return worker in self._alive


ANN, BOB = Worker(b"ann", {"http": "127.0.0.1:1"}), Worker(b"bob", {"pid": 7})


def test_the_owner_is_who_the_log_says(both, place):
    place.backend.refresh()
    for one in both:
        for task in one.worker.tasks:
            found = routing.owner(place.backend, APP, task)
            assert routing.address(found) == one.address


def test_a_living_owner_is_asked():
    assert routing.owner(Group(owners=[ANN], workers=[ANN, BOB], alive=[ANN]), APP, "t/0") is ANN


@pytest.mark.parametrize("owners", [[ANN], []], ids=["a dead owner", "no owner"])
def test_while_others_live_the_task_is_waited_for(owners):
    group = Group(owners=owners, workers=[ANN, BOB], alive=[BOB])
    with pytest.raises(NotReady, match="task t/0 has no owner at the moment"):
        routing.owner(group, APP, "t/0")


def test_when_all_are_dead_there_is_none():
    assert routing.owner(Group(owners=[ANN], workers=[ANN, BOB]), APP, "t/0") is None


@pytest.mark.parametrize("told", [None, 80, ["127.0.0.1:1"]])
def test_a_worker_without_a_server_says_so(told):
    silent = evolve(BOB, info={**BOB.info, **({} if told is None else {"http": told})})
    with pytest.raises(Misuse, match="the worker with pid 7 answers no queries"):
        routing.address(silent)


def test_the_partition_is_that_of_the_records(both, place):
    shards = routing.shards(place.plan, place.backend, "counts")
    assert shards.partitions == PARTITIONS
    for key in KEYS:
        owner = next(one for one in both if shards.partition(key) in one.partitions)
        assert shards.task(shards.partition(key)) in owner.worker.tasks
    with pytest.raises(CodecError):
        shards.partition(5)


def test_a_windowed_key_lies_where_its_key_does(place):
    """As in the store of a table that windowed rows were read into."""
    spec, sub = routing.find_store(place.plan, "sizes")
    plain = Shards(spec, sub, 16)
    windowed = Shards(evolve(spec, key=kind_of(spec).row_key(spec)), sub, 16)
    for key in KEYS:
        assert windowed.partition(Windowed(key, 60_000, 120_000)) == plain.partition(key)


def test_a_store_nobody_has_names_those_there_are(place):
    with pytest.raises(Misuse, match=r"no store 'x' \(stores: brief, counts, said, seen, sizes\)"):
        routing.find_store(place.plan, "x")


def test_before_the_app_ran_there_are_no_parts(place):
    with pytest.raises(NotReady, match="app counting never ran on this log, so store counts"):
        routing.shards(place.plan, place.backend, "counts")


def test_a_store_that_is_newer_than_the_last_run_is_told_as_that(place):
    place.backend.create_topic("counting-other-changelog", 1, {}, "counting")
    with pytest.raises(NotReady, match="app counting never ran with store counts on this log"):
        routing.shards(place.plan, place.backend, "counts")
