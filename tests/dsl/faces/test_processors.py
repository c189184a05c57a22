"""Operators that are handed whole records."""

from collections.abc import Iterator

import pytest

from streamz_core import Record, TopologyError
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan


def test_processors(app, texts, built):
    seen = app.store("seen", key=str, value=int)

    @texts.process(store=seen)
    def relabel(record, context, seen) -> Iterator[Record[int, str]]:
        yield record

    texts.process_values(lambda record, context: [], name="same")
    assert list(relabel("record", None, {})) == ["record"]
    node = built("relabel")
    assert type(node) is n.Process
    assert [store.name for store in node.fn.stores] == ["seen"]
    assert type(built("same")) is n.ProcessValues


def test_a_record_has_its_key_already(texts):
    with pytest.raises(TypeError, match="unexpected keyword argument 'with_key'"):
        texts.process(with_key=True)


def test_a_function_stays_what_it_is(texts):
    @texts.punctuate("1s")
    def tick(time, context):
        yield Record("a", "b", time)

    assert tick.timer == "tick"
    assert list(tick(5, None)) == [Record("a", "b", 5)]


def test_a_timer_needs_a_name_and_takes_time_and_context(texts):
    with pytest.raises(TopologyError, match=r"texts.punctuate keeps something under its name"):
        texts.punctuate("1s", lambda time, context: ())
    with pytest.raises(
        TopologyError, match=r"does not take what it is called with, .time, context"
    ):
        texts.punctuate("1s", lambda time: (), name="tick")


def test_it_runs_where_its_step_or_its_stores_are(app, texts):
    store = app.store("seen", key=str, value=str)
    texts.process(lambda record, context, seen: (), store=store, name="look")
    texts.punctuate("1s", lambda time, context: (), name="a")

    @app.every("1s", store=store, key=str, value=str)
    def b(time, context, seen):
        return ()

    @app.every("1s", per="app", key=str, value=str)
    def c(time, context):
        return ()

    subs = make_plan(app.build()).subs
    assert [[node.name for node in sub.nodes if node.name in "abc"] for sub in subs] == [
        ["a", "b"],
        ["c"],
    ]


def test_a_function_at_an_end_says_where_the_next_step_hangs(texts):
    @texts.punctuate("10s")
    def tick(time: int, context: object) -> Iterator[Record[str, str]]:
        yield Record("k", "v", time)

    @texts.foreach
    def shown(text: str) -> None:
        pass

    with pytest.raises(
        AttributeError, match=r"tick has no to: what a timer yields goes to the steps"
    ):
        tick.to("ticks")
    with pytest.raises(AttributeError, match=r"shown has no map_values: a stream ends in it; hang"):
        shown.map_values(str)
    assert not hasattr(shown, "filter")
    assert shown.__name__ == "shown"
