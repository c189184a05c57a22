"""Stores that a processor fills from a topic, for others to read: one in each worker, or one in each task."""

from collections.abc import Iterator, Mapping

import pytest

from streamz_core import App, Context, Misuse, Processor, Record, TopologyError


class Longest(Processor[str, str, None, None]):
    """Keeps the longest name of each key, and how many it saw of all."""

    def init(self, context):
        super().init(context)
        self.names = context.get_state_store("names")

    def process(self, record):
        if record.value == "fail":
            self.names[record.key] = "half"
            raise ValueError("fail")
        if len(record.value or "") > len(self.names.get(record.key, "")):
            self.names[record.key] = record.value
        if record.value is None:
            self.names.pop(record.key, None)
        if record.value == "forward":
            self.context.forward(record)


def app_of(add, **settings):
    app = App("shop", **settings)
    names = app.store("names", key=str, value=str)
    view = getattr(app.topology, add)(
        names, "source", "users", "longest", Longest, key=str, value=str
    )

    @app.stream("lines", key=str, value=str).process_values(store=view)
    def told(
        record: Record[str, str], ctx: Context, names: Mapping[str, str]
    ) -> Iterator[Record[str, str]]:
        assert not hasattr(names, "pop")
        yield record.with_value(f"{names.get(record.key, 'nobody')}: {record.value}")

    told.to("out")
    return app


WAYS = ["add_global_store", "add_read_only_state_store"]


def said(t):
    return [record.value for record in t.topic("out").records()]


@pytest.mark.parametrize("stores", ["memory", "rocksdb"])
@pytest.mark.parametrize("add", WAYS)
def test_others_read_what_the_processor_wrote_after_a_crash_too(add, stores):
    with app_of(add).test(stores=stores) as t:
        for name in ("Ann", "Anna", "An"):
            t.topic("users").send("a", name)
        t.topic("lines").send("a", "hi")
        t.crash()
        t.restart()
        t.topic("lines").send("a", "again")
        t.topic("users").send("a", None)
        t.topic("lines").send("a", "gone")
        t.topic("users").send("a", "Bo")
        t.topic("lines").send("a", "new")
        assert said(t) == ["Anna: hi", "Anna: again", "nobody: gone", "Bo: new"]
        assert dict(t.store("names")) == {"a": "Bo"}


@pytest.mark.parametrize("add", WAYS)
def test_several_workers_and_partitions_of_which_one_dies(add):
    with app_of(add).test(partitions=3, workers=2) as t:
        for key in "abcdef":
            t.topic("users").send(key, key.upper())
        t.crash(0)
        for key in "abcdef":
            t.topic("lines").send(key, "x")
        assert sorted(said(t)) == [f"{key}: x" for key in "ABCDEF"]


@pytest.mark.parametrize("add", WAYS)
def test_a_record_that_fails_leaves_nothing_and_is_skipped_or_stops_the_worker(add):
    with app_of(add, processing_exception_handler="continue").test() as t:
        t.topic("users").send("a", "Ann")
        t.topic("users").send("a", "fail")
        t.topic("users").send("b", "Bob")
        for key in "ab":
            t.topic("lines").send(key, "hi")
        assert said(t) == ["Ann: hi", "Bob: hi"]
        assert t.dropped() == {"error": 1}
    with app_of(add).test() as t:
        t.topic("users").send("a", "Ann")
        with pytest.raises(ValueError, match="fail") as told:
            t.topic("users").send("a", "fail")
        place = told.value.__notes__[0]
        assert place.startswith("at users[0]@1 key='a' node=longest task=")


def test_everybody_has_all_of_a_global_one_and_a_new_worker_has_it_by_the_processor():
    app = App("shop")
    names = app.store("names", key=str, value=str)
    view = app.topology.add_global_store(
        names, "source", "users", "longest", Longest, key=str, value=str
    )
    app.stream("lines", key=str, value=str).map_values(
        lambda line, names: ",".join(f"{key}={name}" for key, name in names.items()),
        store=view,
        name="all",
        value=str,
    ).to("out")
    with app.test(partitions=3) as t:
        for key, name in (("a", "A"), ("b", "Bo"), ("b", "B"), ("c", "C")):
            t.topic("users").send(key, name)
        t.crash()
        t.restart()
        t.topic("lines").send("x", "")
        assert said(t) == ["a=A,b=Bo,c=C"]


def test_a_global_one_is_no_tables_and_is_shown_with_its_processor():
    from streamz_core.topology.plan import make_plan

    plan = make_plan(app_of("add_global_store").build())
    assert list(plan.stores) == []
    assert plan.describe().splitlines()[-6:] == [
        "   Sub-topology: 1 for global store names (will not generate tasks)",
        "    Source: source (topics: [users])",
        "      --> longest",
        "    Processor: longest (stores: [names])",
        "      --> none",
        "      <-- source",
    ]


def test_a_global_one_forwards_and_schedules_nothing():
    with (
        app_of("add_global_store").test() as t,
        pytest.raises(Exception, match="longest: nothing stands behind the processor of a global"),
    ):
        t.topic("users").send("a", "forward")

    class Ticking(Longest):
        def init(self, context):
            super().init(context)
            context.schedule("1s", print)

    app = App("shop")
    names = app.store("names", key=str, value=str)
    app.topology.add_global_store(names, "s", "users", "ticking", Ticking, key=str, value=str)
    with pytest.raises(Misuse, match="is called by records alone"), app.test() as t:
        t.topic("users").send("a", "x")


def test_times_are_what_an_extractor_says_and_values_may_have_them():
    class Stamping(Processor[str, int, None, None]):
        def process(self, record):
            context = self.context
            place = (context.topic, context.partition, context.offset, context.stream_time)
            assert place[:3] == (record.topic, record.partition, record.offset)
            context.get_state_store("stamped")[record.key] = (place[3], record.timestamp)

    app = App("shop")
    stamped = app.timestamped_store("stamped", key=str, value=int)
    app.topology.add_global_store(
        stamped,
        "s",
        "users",
        "stamping",
        Stamping,
        key=str,
        value=int,
        timestamp=lambda record, _: record.value,
    )
    with app.test() as t:
        for key, value in (("a", 5), ("b", 3), ("c", -1)):
            t.topic("users").send(key, value, timestamp=99)
        assert t.store("stamped").rows() == [("a", 5, 5), ("b", 5, 3)]
        assert t.dropped() == {"negative timestamp": 1}


@pytest.mark.parametrize("add", WAYS)
def test_what_does_not_fit_is_refused(add):
    app = App("shop")
    names = app.store("names", key=str, value=str)
    windows = app.window_store("windows", key=str, value=str, size="1m", retention="1h")
    method = getattr(app.topology, add)
    with pytest.raises(TopologyError, match="the store 'windows' is no store of rows by key"):
        method(windows, "source", "users", "longest", Longest)
    with pytest.raises(TopologyError, match="there is a declared store of that name"):
        method(names, "source", "users", "names", Longest)
    method(names, "source", "users", "longest", Longest, key=str, value=str)
    with pytest.raises(TopologyError, match="the topic 'users' is read by"):
        method(app.store("n2", key=str, value=str), "s2", "users", "l2", Longest)


def test_nobody_else_writes_a_read_only_one():
    app = app_of("add_read_only_state_store")
    app.stream("more", key=str, value=str).map_values(
        lambda line, names: line, store=app._stores["names"], name="wrong", value=str
    )
    with pytest.raises(
        TopologyError, match="wrong would write to the store 'names', which longest alone writes"
    ):
        app.build()
