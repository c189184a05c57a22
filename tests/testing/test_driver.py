"""app.test(): what a test of an app sees, does, and is told."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.errors import CodecError, Misuse, UnknownTopic
from streamz_core.record import Record


def app(**settings: str) -> App:
    """in -> a count for each key -> out; "bad" fails."""
    made = App("app", **settings)
    lines = made.stream("in", key=str, value=str)
    seen = made.store("seen", key=str, value=str)

    @lines.map_values(value=str, store=seen, with_key=True)
    def noted(key: str, line: str, seen: MutableMapping[str, str]) -> str:
        if line == "bad":
            raise ValueError(line)
        seen[key] = line
        return line

    noted.group_by_key().count(name="counts").to("out")
    return made


def counts(records: list[Record[str, int]]) -> list[tuple[str, int]]:
    return [(record.key, record.value) for record in records]


def test_what_is_sent_comes_out_at_once() -> None:
    with app().test() as t:
        t.topic("in").send("a", "x", timestamp=5)
        t.topic("in").send("a", "y", timestamp=7, headers=(("h", b"1"),))
        (first, second) = t.topic("out").records()
        assert counts([first, second]) == [("a", 1), ("a", 2)]
        assert (second.timestamp, second.topic, second.partition, second.offset) == (7, "out", 0, 1)
        (_, sent) = t.topic("in").records()
        assert (sent.value, sent.headers) == ("y", (("h", b"1"),))


def test_several_may_be_sent_before_they_are_run() -> None:
    with app().test() as t:
        t.topic("in").send("a", "x", run=False)
        t.topic("in").send("a", "y", run=False)
        assert t.topic("out").records() == []
        t.run()
        assert counts(t.topic("out").records()) == [("a", 1), ("a", 2)]


def test_the_clock_moves_only_when_it_is_told() -> None:
    with app().test() as t:
        assert t.now_ms == 0
        t.topic("in").send("a", "x")
        t.advance(60_000)
        t.topic("in").send("a", "y")
        assert [record.timestamp for record in t.topic("out").records()] == [0, 60_000]
        assert t.now_ms == 60_000


def test_stores_show_their_rows() -> None:
    with app().test(partitions=3) as t:
        for key in "abcd":
            t.topic("in").send(key, key.upper(), timestamp=1)
        store = t.store("counts")
        assert sorted(store.rows()) == [(key, 1, 1) for key in "abcd"]
        assert sorted(store.items()) == [(key, 1) for key in "abcd"]
        assert (store.get("a"), store.get("z"), store.get("z", 0)) == (1, None, 0)
        assert (store["b"], len(store)) == (1, 4)
        with pytest.raises(KeyError):
            store["z"]
        assert sorted(t.store("seen").rows()) == [(key, key.upper()) for key in "abcd"]
        t.topic("in").send("a", "again")
        assert store["a"] == 1, "as it was when it was asked for"
        assert t.store("counts")["a"] == 2


def test_partitions_are_as_many_as_the_test_says_and_keys_decide() -> None:
    with app().test(partitions=3) as t:
        for number in range(30):
            t.topic("in").send(f"k{number}", "x")
        assert {record.partition for record in t.topic("in").records()} == {0, 1, 2}
        t.topic("in").send("k0", "x", partition=2)
        assert t.topic("in").records()[-1].partition == 2


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_crash_loses_and_doubles_nothing(stores: str, workers: int) -> None:
    with app().test(stores=stores, workers=workers, partitions=2) as t:
        for number in range(8):
            t.topic("in").send(f"k{number % 4}", "x", run=False)
            if number % 3 == 0:
                t.run()
            if number % 3 == 1:
                t.crash(0)
                t.restart()
            if number == 6:
                t.crash()
                t.restart()
        t.run()
        assert sorted(counts(t.topic("out").records())) == [
            (f"k{key}", count) for key in range(4) for count in (1, 2)
        ]
        assert sorted(t.store("counts").items()) == [(f"k{key}", 2) for key in range(4)]


def test_the_tasks_of_a_dead_worker_are_taken_over_by_the_others() -> None:
    with app().test(workers=2, partitions=4) as t:
        t.crash(0)
        for number in range(8):
            t.topic("in").send(f"k{number}", "x")
        assert len(t.topic("out").records()) == 8


def test_what_fails_comes_out_of_the_test_and_the_record_stays_next() -> None:
    with app().test() as t:
        with pytest.raises(ValueError, match="bad") as raised:
            t.topic("in").send("a", "bad")
        assert raised.value.__notes__[0].startswith("at in[0]@0 key='a' node=noted")
        with pytest.raises(ValueError, match="bad"):
            t.run()
        assert t.topic("out").records() == []


def test_dropped_records_are_counted_also_over_crashes() -> None:
    with app(processing_exception_handler="continue").test() as t:
        t.topic("in").send("a", "bad")
        t.crash()
        t.restart()
        t.topic("in").send("a", "bad")
        assert t.dropped() == {"error": 2}


def test_topics_of_the_app_itself_can_be_read() -> None:
    with app().test() as t:
        t.topic("in").send("a", "x")
        (record,) = t.topic("app-counts-changelog").records()
        assert record.key == b"a"


def test_a_topic_that_is_chosen_by_a_function_can_be_made_by_sending() -> None:
    with app().test() as t, pytest.raises(UnknownTopic, match="'missing'"):
        t.topic("missing").records()


@pytest.mark.parametrize("span", [-5, 1.5, True, "1s"])
def test_time_goes_forward_by_whole_milliseconds(span: Any) -> None:
    with app().test() as test:
        before = test.now_ms
        with pytest.raises((Misuse, TypeError), match="milliseconds is"):
            test.advance(span)
        assert test.now_ms == before


def test_there_is_a_worker() -> None:
    with pytest.raises(Misuse, match="workers is 0; it has to be 1 or more"):
        app().test(workers=0)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(Misuse, match="stores='disk'"):
        app().test(stores="disk")
    with pytest.raises(Misuse, match="unknown setting"):
        app().test(nonsense=1)
    with app().test() as t:
        with pytest.raises(Misuse, match=r"no store 'missing' .stores: counts, seen"):
            t.store("missing")
        with pytest.raises(CodecError):
            t.topic("in").send("a", 7)


def test_nothing_is_left_behind() -> None:
    t = app().test(stores="rocksdb")
    folder = t._folder
    t.close()
    assert folder is not None
    from streamz_core.env.real import RealEnv

    assert not RealEnv().exists(folder.name)


def test_stores_are_back_after_a_restart_though_there_is_nothing_to_do() -> None:
    """With a global table too: the worker joins its group when it has that, and it had nothing to read."""
    made = app()
    made.global_table("names", key=str, value=str)
    with made.test() as t:
        t.topic("in").send("a", "x")
        t.crash()
        t.restart()
        assert t.store("counts")["a"] == 1
