"""What a timer is told, and what is refused."""

from datetime import UTC, datetime

import pytest

from streamz_core import TopologyError
from streamz_core.topology.nodes import Every, Punctuate, Timing


def tick(time, context):
    return ()


def timing(app, kind=Punctuate):
    (found,) = (node.timing for node in app.build().nodes if isinstance(node, kind))
    return found


def test_a_timer_as_a_value(app, texts):
    texts.punctuate("10s", tick, clock="wall", start=datetime(1970, 1, 1, 0, 0, 3, tzinfo=UTC))
    assert timing(app) == Timing(10_000, by_wall=True, start_ms=3000)


def test_one_that_waits_and_one_for_the_app(app, texts):
    texts.punctuate("10s", tick, running=False)
    app.every("1m", per="app", name="beat")(tick)
    assert timing(app) == Timing(10_000, waits=True)
    assert timing(app, Every) == Timing(60_000, by_wall=True, once=True)


@pytest.mark.parametrize(
    "said, told",
    [
        ({"every": 0}, "the interval of tick is 0; it has at least 1 ms"),
        ({"every": "soon"}, "the interval of tick is 'soon'"),
        ({"clock": "cuckoo"}, "tick: clock='cuckoo'; it takes 'stream' or 'wall'"),
        ({"start": "now"}, "the start of tick is 'now'"),
    ],
)
def test_what_cannot_be_a_timer_is_refused_where_it_is_said(texts, said, told):
    said = {"every": "1s", **said}
    with pytest.raises(TopologyError, match=told):
        texts.punctuate(said.pop("every"), tick, **said)


def test_for_whom_it_is(app):
    with pytest.raises(TopologyError, match="tick: per='worker'; it takes 'task' or 'app'"):
        app.every("1s", per="worker")(tick)
