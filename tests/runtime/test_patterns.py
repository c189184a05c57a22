"""Topics that match a pattern: those that are there, and those that come while workers run."""

from __future__ import annotations

import re
from typing import Any

import pytest

from streamz_core import App, Misuse, Record, Stream, TopologyError
from streamz_core.runtime.patterns import matched

ORDERS = re.compile(r"orders-.*")


def counting(pattern: re.Pattern[str] = ORDERS, **said: Any) -> App:
    """Topics that match -> a count for each key -> out."""
    app = App("app")
    orders = app.stream(pattern, key=str, value=str, name="orders", **said)
    orders.group_by_key().count(name="n").to("out")
    return app


def passing(pattern: re.Pattern[str] = ORDERS, **said: Any) -> tuple[App, Stream[str, str]]:
    """Topics that match -> the topic of each record -> out."""
    app = App("app")
    orders = app.stream(pattern, key=str, value=str, name="orders", **said)

    @orders.process_values(value=str)
    def placed(record: Record[str, str], context: Any) -> Any:
        yield record.with_value(f"{context.topic}/{context.partition} {record.value}")

    placed.to("out")
    return app, orders


def test_topics_that_come_while_it_runs_are_read_from_their_first_record() -> None:
    app, _ = passing()
    with app.test() as t:
        t.topic("orders-eu").send("a", "x")
        t.topic("orders-us").send("a", "y")
        t.topic("orders-eu").send("b", "z")
        out = t.output_topic("out")
        assert out.read_key_values_to_list() == [
            ("a", "orders-eu/0 x"),
            ("a", "orders-us/0 y"),
            ("b", "orders-eu/0 z"),
        ]


def test_the_whole_name_must_match_and_internal_topics_never_do() -> None:
    app, orders = passing(re.compile(r".*orders|in"))
    orders.repartition(name="all").to("all")
    with app.test() as t:
        t._broker.backend.create_topic("app-own-orders", 1, {}, owner="app")
        t._broker.backend.create_topic("another-orders", 1, {}, owner="another")
        t._broker.backend.create_topic("in-2", 1, {})
        for name in ("in", "my-orders"):
            t.topic(name).send("a", name)
        assert t.output_topic("all").read_values_to_list() == ["in", "my-orders"]
        (worker,) = t._workers
        (source, hop) = worker.job.plan.subs
        assert [one.topic for one in source.inputs] == ["in", "my-orders"]
        assert [one.topic for one in hop.inputs] == ["app-all-repartition"]


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_counts_go_on_over_topics_that_come_crashes_and_takeovers(
    stores: str, workers: int
) -> None:
    with counting().test(stores=stores, workers=workers, partitions=2) as t:
        sent = 0
        for number, name in enumerate(["orders-b", "orders-a", "orders-c", "orders-a"]):
            for key in "xyz":
                t.topic(name).send(key, "1", run=key == "y")
                sent += 1
            if number % 2:
                t.crash(0)
                t.restart()
            if number == 2:
                t.crash()
                t.restart()
        t.run()
        assert dict(t.store("n")) == dict.fromkeys("xyz", 4)
        counts = sorted(t.output_topic("out").read_key_values_to_list())
        assert counts == [(key, count) for key in "xyz" for count in (1, 2, 3, 4)]


def test_a_topic_with_more_partitions_brings_tasks_for_them() -> None:
    app, _ = passing()
    with app.test(workers=2) as t:
        t.topic("orders-eu").send("a", "x")
        t._broker.backend.create_topic("orders-us", 3, {})
        for partition in range(3):
            t.topic("orders-us").send("a", "y", partition=partition)
        found = sorted(t.output_topic("out").read_values_to_list())
        assert found == ["orders-eu/0 x", *(f"orders-us/{at} y" for at in range(3))]
        assert {len(worker.tasks) for worker in t._workers} == {1, 2}
        assert t._workers[0].finished


def test_what_is_behind_a_hop_keeps_the_partitions_it_was_made_with() -> None:
    app = App("app")
    orders = app.stream(ORDERS, key=str, value=str, name="orders")
    orders.group_by(lambda value: value, name="by", key=str).count(name="n").to("out")
    with app.test(partitions=2) as t:
        t.topic("orders-eu").send("a", "x")
        t._broker.backend.create_topic("orders-us", 3, {})
        t.topic("orders-us").send("b", "x", partition=2)
        assert dict(t.store("n")) == {"x": 2}
        assert t._broker.backend.topic("app-by-repartition").partitions == 2


def test_rows_kept_for_fewer_partitions_are_told_with_the_topics() -> None:
    with counting().test() as t:
        t.topic("orders-eu").send("a", "x")
        t._broker.backend.create_topic("orders-us", 3, {})
        with pytest.raises(
            Misuse, match="app-n-changelog has 1 partitions, and the app now needs 3"
        ):
            t.run()


def test_topics_that_are_joined_must_be_partitioned_alike_when_they_come() -> None:
    app, orders = passing()
    users = app.table("users", key=str, value=str)
    orders.join(users, lambda order, user: f"{order} {user}", name="named").to("named-orders")
    with app.test() as t:
        t.topic("users").send("a", "Ann")
        t.topic("orders-eu").send("a", "x")
        assert t.output_topic("named-orders").read_values_to_list() == ["x Ann"]
        t._broker.backend.create_topic("orders-us", 3, {})
        with pytest.raises(
            TopologyError, match=r"not partitioned alike: orders-eu has 1.*orders-us"
        ):
            t.run()


def test_types_of_a_topic_that_comes_are_compared_with_what_was_written() -> None:
    app, _ = passing()
    with app.test() as t:
        t.topic("orders-eu").send("a", "x")
        t.input_topic("other", key=str, value=int)
        t._broker.backend.create_topic("orders-us", 1, {})
        t._reaching(str, int).producer.send("orders-us", 7, key="a")
        t._producers[-1].flush()
        with pytest.raises(Misuse, match="orders-us"):
            t.run()


def test_two_patterns_that_match_one_topic_are_told() -> None:
    app, _ = passing()
    app.stream(re.compile(".*-eu"), key=str, value=str, name="european").to("eu")
    with app.test() as t:
        t.topic("orders-us").send("a", "x")
        t.topic("users-eu").send("a", "y")
        assert t.output_topic("eu").read_values_to_list() == ["y"]
        with pytest.raises(
            TopologyError, match="matches the pattern of orders and that of european"
        ):
            t.topic("orders-eu").send("a", "z")


def test_where_it_begins_is_said_for_all_of_them() -> None:
    app, _ = passing(offset_reset="latest")
    with app.test() as t:
        t._broker.backend.create_topic("orders-eu", 1, {})
        t.topic("orders-eu").send("a", "too early", run=False)
        t.run()
        t.topic("orders-eu").send("a", "x")
        t.crash()
        t.restart()
        t.topic("orders-eu").send("a", "y")
        assert t.output_topic("out").read_values_to_list() == ["orders-eu/0 x", "orders-eu/0 y"]


def test_extractors_say_the_times_of_topics_that_come() -> None:
    app, _ = passing(timestamp=lambda record, _: int(record.value))
    with app.test() as t:
        t.topic("orders-eu").send("a", "5")
        t.topic("orders-us").send("a", "3")
        stamps = [record.timestamp for record in t.output_topic("out").read_records_to_list()]
        assert stamps == [5, 3]


def test_what_cannot_be_compiled_is_told_before_anything_matches() -> None:
    app = App("app")
    app.stream(ORDERS, key=str, value=str, name="orders").to("out")
    job = app.job()
    (source,) = (node for node in job.declared.nodes if node.name == "orders")
    source.key = None
    with pytest.raises(TopologyError, match="orders: no codec is known"):
        job.programs.check()


def test_the_same_app_is_given_back_as_long_as_nothing_else_matches() -> None:
    app, _ = passing()
    with app.test() as t:
        job, backend = t._job, t._broker.backend
        assert matched(job, backend) is job
        t.topic("orders-eu").send("a", "x")
        (worker,) = t._workers
        assert worker.job is not job
        backend.refresh()
        assert matched(worker.job, backend) is worker.job
        t.topic("out").send(None, None)
        assert matched(worker.job, backend) is worker.job


def test_a_record_that_fails_is_told_with_its_topic() -> None:
    app, orders = passing()
    orders.map_values(int, value=int, name="number").to("numbers")
    with app.test() as t:
        t.topic("orders-eu").send("a", "1")
        with pytest.raises(ValueError, match="x") as failed:
            t.topic("orders-us").send("a", "x")
        assert "at orders-us[0]@0 key='a' node=number" in failed.value.__notes__[0]


def test_a_source_by_hand_reads_by_a_pattern_too() -> None:
    app = App("app")
    source = app.topology.add_source("orders", ORDERS, key=str, value=str)
    app.topology.add_sink("sink", "out", source)
    with pytest.raises(TopologyError, match=r"add_source\('raw'\): b'x' is a pattern of bytes"):
        app.topology.add_source("raw", re.compile(b"x"))  # type: ignore[call-overload]
    with pytest.raises(TopologyError, match=r"is named re\.compile"):
        app.topology.add_source("both", "in", ORDERS)
    with app.test() as t:
        for name in ("orders-eu", "orders-us"):
            t.topic(name).send("a", name)
        assert t.output_topic("out").read_values_to_list() == ["orders-eu", "orders-us"]
