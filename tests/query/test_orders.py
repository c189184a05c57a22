"""Every question to every kind of store, over HTTP and of several workers: rows from behind, with a prefix,
single windows, and tables of which each worker has all rows.
"""

import json
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from streamz_core import App, memory, session, tumbling
from streamz_core.errors import Misuse, NotReady
from streamz_core.query import asking
from streamz_core.query.asking import Asker
from streamz_core.query.verbs import Keys, OneWindow, Range, Windows
from tests.query.counting import PARTITIONS, Place

WORDS = ["a", "ab", "abc", "b", "ba", "é"]


def asked_app(*, kept=None):
    app = App("asked", home="/nowhere", topic_partitions=PARTITIONS, durability="process")
    users = app.global_table("users", key=str, value=str, name="people", materialized=kept)
    lines = app.stream("lines", key=str, value=str)
    lines.group_by_key().count(name="counts")
    lines.group_by_key().window(tumbling("10ms", grace="1h")).count(name="tens", retention="2h")
    lines.group_by_key().window(session("5ms", grace="1h")).count(name="visits")
    lines.join(users, lambda line, user: user, on=lambda line: line, value=str).to("out")
    return app


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path, asked_app())
    yield found
    found.close()


@pytest.fixture
def both(place):
    found = [place.worker().join() for _ in range(2)]
    for word in WORDS:
        place.send(word, word.upper(), topic="users")
        for time in (0, 3, 20, 21, 42):
            place.send(word, "x", time)
    place.settle()
    assert [one.partitions for one in found] in ([{0}, {1}], [{1}, {0}])
    return found


@pytest.fixture
def asker(place):
    with closing(
        Asker(place.plan, place.backend, place.env, place.home, warn=print, timeout_s=0)
    ) as found:
        yield found


def keys(rows):
    return [row["key"] for row in rows]


def starts(rows):
    return [row["key"]["start"] for row in rows]


@pytest.mark.parametrize("store", ["counts", "people"])
@pytest.mark.parametrize("at_once", [2, 100])
def test_rows_from_behind_and_with_a_prefix(both, asker, store, at_once, monkeypatch):
    monkeypatch.setattr(asking, "ROWS_MAX", at_once)

    def ask(**what):
        return keys(asker.ask(Range(store=store, **what)))

    assert ask() == WORDS
    assert ask(reverse=True) == WORDS[::-1]
    assert ask(prefix="ab") == ["ab", "abc"]
    assert ask(prefix="a", reverse=True) == ["abc", "ab", "a"]
    assert ask(low="ab", high="b", reverse=True) == ["b", "abc", "ab"]
    assert ask(low="b", high="ab") == []


def test_windows_from_behind_and_one_of_them(both, asker):
    assert starts(asker.ask(Windows(store="tens", key="ab"))) == [0, 20, 40]
    back = Windows(store="tens", key="ab", time_from=1, reverse=True)
    assert starts(asker.ask(back)) == [40, 20]
    every = list(asker.ask(Range(store="tens", time_from=20, time_to=20)))
    assert keys(every) == [{"key": word, "start": 20, "end": 30} for word in WORDS]
    assert (
        list(asker.ask(Range(store="tens", reverse=True)))
        == list(asker.ask(Range(store="tens")))[::-1]
    )
    (one,) = asker.ask(OneWindow(store="tens", key="ab", start=20))
    assert (one["value"], one["timestamp"]) == (2, 21)
    assert list(asker.ask(OneWindow(store="tens", key="ab", start=21))) == []


def test_sessions_that_touch_a_span_and_one_of_them(both, asker):
    def spans(**what):
        found = asker.ask(Windows(store="visits", key="ab", **what))
        return [(row["key"]["start"], row["key"]["end"]) for row in found]

    assert spans() == [(0, 3), (20, 21), (42, 42)]
    assert spans(reverse=True) == [(42, 42), (20, 21), (0, 3)]
    assert spans(time_from=3, time_to=20, reverse=True) == [(20, 21), (0, 3)]
    assert spans(time_from=21, time_to=20) == [(20, 21)]
    assert spans(time_from=22, time_to=21) == []
    (one,) = asker.ask(OneWindow(store="visits", key="ab", start=20, end=21))
    assert one["value"] == 2
    assert list(asker.ask(OneWindow(store="visits", key="ab", start=20, end=20))) == []


def get(one, target):
    try:
        with urllib.request.urlopen(f"http://{one.address}{target}") as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_the_same_over_http(both):
    for one in both:
        status, told = get(one, "/stores/people/range?reverse=true&limit=2")
        assert (status, keys(told["rows"])) == (200, ["é", "ba"])
        status, told = get(one, f"/stores/people/range?reverse=true&cursor={told['cursor']}")
        assert keys(told["rows"]) == ["b", "abc", "ab", "a"]
        assert get(one, "/stores/people/keys/ab")[1]["value"] == "AB"
        assert get(one, "/stores/people")[1]["here"] == [0]
        assert get(one, "/stores/people/keys/nobody")[0] == 404
    here = next(one for one in both if get(one, "/stores/tens/window/ab?start=20")[0] == 200)
    assert get(here, "/stores/tens/window/ab?start=20")[1]["value"] == 2
    assert get(here, "/stores/tens/window/ab?start=21")[0] == 404
    status, told = get(here, "/stores/visits/window/ab?start=20")
    assert (status, told["detail"]) == (
        400,
        "store visits is of kind session: /window/ wants end= too",
    )


def test_a_global_table_is_asked_of_any_worker_and_of_its_copies_when_all_are_gone(both, asker):
    def one(key):
        return [row["value"] for row in asker.ask(Keys(store="people", key=key))]

    assert one("ab") == ["AB"]
    assert len(asker._clients) == 1
    both[0].die()
    assert one("ab") == ["AB"]
    both[1].die()
    assert one("ab") == ["AB"]
    assert keys(asker.ask(Range(store="people", reverse=True))) == WORDS[::-1]


def test_what_a_copy_lacks_is_told(both, place):
    for one in both:
        one.die()
    place.send("new", "NEW", topic="users")
    place.backend.refresh()
    told = []
    whose = (place.plan, place.backend, place.env, place.home)
    with closing(Asker(*whose, warn=told.append, timeout_s=0)) as asker:
        assert keys(asker.ask(Range(store="people"))) == WORDS
    assert "before it wrote 1 committed changes of people" in told[0]


def test_a_global_table_before_the_app_ran_and_in_memory(place):
    whose = (place.backend, place.env, place.home)

    def ask(plan):
        with closing(Asker(plan, *whose, warn=print, timeout_s=0)) as asker:
            return list(asker.ask(Range(store="people")))

    with pytest.raises(NotReady, match="there is no state to read"):
        ask(place.plan)
    with pytest.raises(Misuse, match="store people is in memory and app asked is not running"):
        ask(asked_app(kept=memory()).job(env=place.env).plan)
