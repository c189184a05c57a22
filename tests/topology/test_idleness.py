"""Which inputs have one time, who knows when a hop is idle, and what is refused."""

import re

import pytest

from streamz_core import App, TopologyError, expiring, memory, tumbling
from streamz_core.topology.idleness import Writers, pauses_of
from streamz_core.topology.nodes import Processor
from streamz_core.topology.plan import make_plan
from streamz_core.topology.traits import traits_of
from streamz_core.topology.windows import FOREVER_MS

CLOSING = {"emit": "final", "materialized": memory()}


def pauses(app):
    found = pauses_of(make_plan(app.build()))
    return {
        name: [(pause.topics, pause.idle_ms, dict(pause.hops)) for pause in each]
        for name, each in found.items()
    }


def source(app, topic, **more):
    return app.stream(topic, key=str, value=int, **more)


def test_nothing_pauses_where_nobody_asks():
    app = App("shop")
    source(app, "in").group_by_key().window(tumbling("1m")).count(name="n", **CLOSING)
    assert pauses(app) == {"n": []}


def test_inputs_that_come_to_one_step_by_time_have_one_time():
    app = App("shop")
    one, two = source(app, "one", idle="1s"), source(app, "two", idle="3s")
    one.merge(two).group_by_key().window(tumbling("1m")).count(name="n", **CLOSING)
    assert pauses(app) == {"n": [(("one", "two"), 3000, {})]}


def test_a_table_that_is_only_looked_into_has_a_time_of_its_own():
    app = App("shop")
    users = app.table("users", key=str, value=int)
    joined = source(app, "in", idle="1s").join(users, lambda one, other: one + other, name="j")
    joined.group_by_key().window(tumbling("1m")).count(name="n", **CLOSING)
    assert pauses(app) == {"n": [(("in",), 1000, {})]}


def hopping_app(**more):
    app = App("shop")
    keyed = source(app, "in", **more).group_by(lambda value: f"{value}", key=str)
    counts = keyed.window(tumbling("1m", grace="5s")).count(name="n", **CLOSING)
    again = counts.to_stream(lambda _: "all", key=str).group_by_key()
    again.window(tumbling("1h")).count(name="m", **CLOSING)
    return app


def test_a_hop_is_idle_as_those_who_write_it_are():
    app = hopping_app(idle="2s")
    found = pauses(app)
    hop, last = "shop-n-repartition", "shop-m-repartition"
    assert found["in"] == [(("in",), 2000, {})]
    assert found["n"] == [((hop,), 2000, {hop: Writers("in", ("in",))})]
    assert found["m"] == [((last,), 2000, {last: Writers("n", (hop,))})]
    (pause,) = pauses_of(make_plan(app.build()))["m"]
    assert pause.lingers_ms == 65_000 + 3_600_000


def test_a_hop_behind_a_source_that_never_pauses_does_not_either():
    app = App("shop")
    merged = source(app, "in", idle="2s").merge(source(app, "other"))
    keyed = merged.group_by(lambda value: f"{value}", key=str)
    keyed.window(tumbling("1m")).count(name="n", **CLOSING)
    assert pauses(app) == {"in": [(("in",), 2000, {})], "n": []}


def test_parts_that_feed_each_other_do_not_pause():
    app = App("shop")
    left = app.table("left", key=str, value=int, idle="1s")
    right = app.table("right", key=str, value=int, materialized=expiring("1h"))
    joined = left.join(right, lambda one, other: one + other, on=lambda value: f"{value}", name="j")
    found = pauses(app)
    pausing = {topic for each in found.values() for pause in each for topic in pause[0]}
    assert "left" in pausing
    assert not any("response" in topic for topic in pausing)
    clicks = joined.to_stream().group_by_key().window(tumbling("1m"))
    clicks.count(name="n", **CLOSING)
    with pytest.raises(
        TopologyError, match=r"left: idle= .* but n goes by time .* fed by what it feeds"
    ):
        pauses(app)


def test_a_processor_by_hand_may_schedule_what_it_likes():
    assert traits_of(Processor).lingers_ms(None) == FOREVER_MS


def test_what_matches_a_pattern_may_come_at_any_time():
    app = App("shop")
    source(app, "in", idle="2s").group_by_key().window(tumbling("1m")).count(name="n", **CLOSING)
    app.stream(re.compile("log-.*"), key=str, value=int, name="logs").to("out")
    with pytest.raises(TopologyError, match="logs reads what matches a pattern"):
        pauses(app)


def test_idle_says_nothing_where_nothing_waits_for_time():
    app = App("shop")
    source(app, "in", idle="2s").to("out")
    with pytest.raises(
        TopologyError, match=r"in: idle= .* but nothing in the app comes out by time"
    ):
        pauses(app)
    app = App("shop")
    source(app, "in", idle="2s").group_by_key().count(name="n", materialized=expiring("1h"))
    assert pauses(app) == {"n": [(("in",), 2000, {})]}
