"""Asking a store as a whole: every part where it is, whoever has it at the moment."""

import pytest

from streamz_core.errors import Misuse, NotReady
from streamz_core.query import asking
from streamz_core.query.client import Client
from streamz_core.query.verbs import AsOf, Keys, Range, Versions, Windows
from streamz_core.runtime.state.reading import Open
from tests.query.counting import KEYS


def counted(asker):
    return asker.ask(Range(store="counts"))


def one(asker, key, store="counts"):
    return [(row["key"], row["value"]) for row in asker.ask(Keys(store=store, key=key))]


def test_each_key_is_asked_of_its_owner(asker, both):
    for key in KEYS:
        assert one(asker, key) == [(key, 1)]
    assert set(asker._clients) == {one.address for one in both}


def test_all_parts_are_merged_in_order(asker, both, monkeypatch):
    monkeypatch.setattr(asking, "ROWS_MAX", 2)
    ask, pages = Client.ask, []
    monkeypatch.setattr(Client, "ask", lambda *asked: pages.append(ask(*asked)) or pages[-1])
    assert [row["key"] for row in counted(asker)] == sorted(KEYS)
    assert max(len(page.rows) for page in pages) == 2
    some = asker.ask(Range(store="counts", low="k10", high="k3"))
    assert [row["key"] for row in some] == ["k10", "k11", "k2", "k3"]
    windows = asker.ask(Range(store="sizes", low="k1", high="k1"))
    assert [row["key"]["key"] for row in windows] == ["k1"]
    of_key = asker.ask(Windows(store="sizes", key="k1"))
    assert [row["value"] for row in of_key] == [len("line k1")]
    assert asker.ask(Windows(store="sizes", key="k1", time_from=1)) == []


def test_a_store_that_functions_write_is_asked_everywhere(asker, both):
    """Its key is the line, which says nothing of the partition of the line's key."""
    for key in KEYS:
        assert one(asker, f"line {key}", "seen") == [(f"line {key}", f"LINE {key.upper()}")]
    assert one(asker, "nope", "seen") == []


def test_a_store_nobody_has(asker, both):
    with pytest.raises(Misuse, match="app counting has no store 'nope'"):
        one(asker, "a", "nope")


def test_before_the_app_ran(asker):
    with pytest.raises(NotReady, match="app counting never ran on this log"):
        one(asker, "a")


def test_an_owner_that_just_gave_the_task_away_is_asked_again(asker, both, monkeypatch):
    one = next(one for one in both if "brief/0" in one.worker.tasks)
    now = one.shown.now
    one.shown.now = Open(now.settled, {}, now.counts)
    with pytest.raises(NotReady, match="this worker does not own brief/0"):
        list(counted(asker))
    asker._timeout_s = 60.0

    def repair(_):
        one.shown.now = now

    monkeypatch.setattr(asker._backend, "wait", repair)
    assert len(list(counted(asker))) == len(KEYS)


def test_after_a_death_the_others_are_waited_for(asker, both, place, monkeypatch):
    both[0].die()
    with pytest.raises(NotReady, match=r"task brief/. has no owner at the moment"):
        list(counted(asker))
    asker._timeout_s = 60.0
    monkeypatch.setattr(asker._backend, "wait", lambda _: place.settle())
    assert [row["value"] for row in counted(asker)] == [1] * len(KEYS)
    assert asker.warnings == []


def test_when_all_are_dead_their_directories_answer(asker, both):
    for each in both:
        each.die()
    assert [row["key"] for row in counted(asker)] == sorted(KEYS)
    assert one(asker, "k3") == [("k3", 1)]
    assert asker.warnings == []
    with pytest.raises(Misuse, match="store brief is in memory and app counting is not running"):
        one(asker, "k3", "brief")


def test_a_death_between_a_commit_and_its_write_is_told(asker, both, place):
    place.send("k3", "again")
    owner = next(one for one in both if asker.shards("counts").partition("k3") in one.partitions)
    owner.worker.backend.refresh()
    owner.worker.turn()
    for task in owner.worker.tasks.values():
        task.applied = die_at_once
    with pytest.raises(Died):
        owner.worker.commit()
    for each in both:
        each.die()
    assert one(asker, "k3") == [("k3", 1)]
    assert "died before it wrote 1 committed changes of counts" in asker.warnings[0]


class Died(BaseException):
    pass


def die_at_once(_):
    raise Died


def test_versions_are_asked_page_by_page_of_a_worker_and_of_a_stopped_app(
    place, asker, monkeypatch
):
    monkeypatch.setattr(asking, "ROWS_MAX", 2)
    worker = place.worker().join()
    for timestamp in range(10, 60, 10):
        place.send("a", str(timestamp), timestamp)
    place.settle()
    question = Versions(store="said", key="a", time_from=20)
    for _ in range(2):
        rows = list(asker.ask(question))
        assert [row["value"] for row in rows] == ["20", "30", "40", "50"]
        assert [row["valid_to"] for row in rows] == [30, 40, 50, None]
        (was,) = asker.ask(AsOf(store="said", key="a", time=45))
        assert was["value"] == "40"
        worker.close()
