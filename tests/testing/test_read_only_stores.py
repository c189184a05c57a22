"""What functions read of the stores of others: rows of tables, as they are when the record comes."""

from collections.abc import Iterator, Mapping

import pytest

from streamz_core import App, Context, Record, TopologyError, tumbling, versioned


def looking_app():
    """Tells of each line whose user it is, and how many users its task knows."""
    app = App("shop")
    users = app.table("users", key=str, value=str, materialized=True)
    lines = app.stream("lines", key=str, value=str)

    @lines.process_values(store=users.store)
    def told(
        record: Record[str, str], ctx: Context, users: Mapping[str, str]
    ) -> Iterator[Record[str, str]]:
        name = users.get(record.key, "nobody")
        yield record.with_value(f"{name}: {record.value} ({', '.join(users)})")

    told.to("out")
    return app


def said(t):
    return [record.value for record in t.topic("out").records()]


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
def test_rows_are_as_they_are_when_the_record_comes_committed_or_not(stores):
    with looking_app().test(stores=stores) as t:
        users, lines = t.topic("users"), t.topic("lines")
        users.send("b", "Bob", timestamp=0, run=False)
        users.send("a", "Ann", timestamp=1, run=False)
        lines.send("a", "hi", timestamp=2, run=False)
        t.run()
        t.crash()
        t.restart()
        lines.send("a", "again", timestamp=3, run=False)
        users.send("a", None, timestamp=4, run=False)
        lines.send("a", "gone", timestamp=5, run=False)
        users.send("c", "Cid", timestamp=6, run=False)
        lines.send("c", "late", timestamp=7, run=False)
        t.run()
        assert said(t) == [
            "Ann: hi (a, b)",
            "Ann: again (a, b)",
            "nobody: gone (b)",
            "Cid: late (b, c)",
        ]


def test_each_task_reads_the_rows_of_its_partition_and_takes_them_along():
    with looking_app().test(partitions=3, workers=2) as t:
        for name in "abcdefgh":
            t.topic("users").send(name, name.upper())
        t.crash(0)
        for name in "abcdefgh":
            t.topic("lines").send(name, "hi")
        assert [text.partition(":")[0] for text in sorted(said(t))] == list("ABCDEFGH")
        shown = [text.partition("(")[2].rstrip(")").split(", ") for text in said(t)]
        assert sorted(
            name for names in {tuple(names) for names in shown} for name in names
        ) == list("abcdefgh")


def test_a_record_that_fails_leaves_the_table_and_what_is_read_of_it_alone():
    app = App("shop", processing_exception_handler="continue")
    totals = (
        app.stream("in", key=str, value=int)
        .group_by_key()
        .reduce(lambda a, b: a + b, name="totals")
    )

    @totals.to_stream().map_values(store=totals.store, with_key=True)
    def seen(key: str, total: int, totals: Mapping[str, int]) -> list[int]:
        if total == 3:
            raise ValueError("three")
        return [total, totals[key]]

    seen.to("out")
    with app.test() as t:
        for value in (1, 2, 3, 5):
            t.topic("in").send("a", value, run=False)
        t.run()
        assert said(t) == [[1, 1], [4, 4], [9, 9]]
        assert t.dropped() == {"error": 1}


def test_nobody_writes_into_it():
    app = App("shop")
    users = app.table("users", key=str, value=str, materialized=True)

    @app.stream("lines", key=str, value=str).map_values(store=users.store, value=str)
    def wrong(line, users):
        users[line] = line

    wrong.to("out")
    with app.test() as t, pytest.raises(TypeError, match="does not support item assignment"):
        t.topic("lines").send("a", "b")


def test_a_timer_reads_it_too():
    app = App("shop")
    hits = app.stream("clicks", key=str, value=str).group_by_key().count(name="hits")

    @app.every("1s", store=hits.store)
    def told(time: int, ctx: Context, hits: Mapping[str, int]) -> Iterator[Record[str, int]]:
        for key, count in hits.items():
            yield Record(key, count, time)

    told.to("out")
    with app.test() as t:
        for key in "aab":
            t.topic("clicks").send(key, "x")
        t.advance(1000)
        assert [(one.key, one.value) for one in t.topic("out").records()] == [("a", 2), ("b", 1)]


def test_what_cannot_be_read_is_refused_where_it_is_said():
    app = App("shop")
    users = app.table("users", key=str, value=str)
    clicks = app.stream("clicks", key=str, value=str)
    with pytest.raises(
        TopologyError, match=r"users.store: it keeps no rows of its own.*materialized=True"
    ):
        users.store  # noqa: B018 - asking is refused
    with pytest.raises(TopologyError, match=r"long.store: it keeps no rows"):
        users.filter(lambda user: True, name="long").store  # noqa: B018
    windows = clicks.group_by_key().window(tumbling("1m")).count(name="n")
    with pytest.raises(TopologyError, match=r"n.store: functions read tables of rows by key"):
        windows.store  # noqa: B018
    past = app.table("past", key=str, value=str, materialized=versioned("1h"))
    with pytest.raises(TopologyError, match="have versions"):
        past.store  # noqa: B018


def test_what_is_not_partitioned_alike_is_refused_when_it_starts():
    app = App("shop")
    users = app.table(app.topic("users", key=str, value=str, partitions=2), materialized=True)
    lines = app.stream(app.topic("lines", key=str, value=str, partitions=3))
    lines.map_values(lambda line, users: line, store=users.store, name="told", value=str).to("out")
    refused = (
        "told reads the store users, which comes of topics that are not partitioned alike: users has 2 partitions, "
        "lines has 3; give both the same number, or put repartition(partitions=...) before it"
    )
    with pytest.raises(TopologyError) as told:
        app.test()
    assert str(told.value) == refused


def test_a_hop_in_front_is_as_wide_as_the_table():
    app = App("shop")
    users = app.table(app.topic("users", key=str, value=str, partitions=3), materialized=True)
    moved = app.stream("lines", key=str, value=str).select_key(
        lambda line: line, key=str, name="by"
    )
    spread = moved.repartition(name="spread")
    spread.map_values(
        lambda line, users: users.get(line), store=users.store, name="told", value=str
    ).to("out")
    with app.test(partitions=2, workers=2) as t:
        for name in "abcde":
            t.topic("users").send(name, name.upper())
            t.topic("lines").send("x", name)
        assert sorted(said(t)) == list("ABCDE")
