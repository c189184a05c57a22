"""Time that comes without a record: what it closes is what a record of that time would close, and nothing else changes."""

import hypothesis
import pytest
from hypothesis import strategies as st

from streamz_core import (
    App,
    expiring,
    memory,
    session,
    sliding,
    tumbling,
    until_time_limit,
    until_window_closes,
    versioned,
)
from streamz_core.codecs.plain import INT
from streamz_core.compiler.by_time.advances import Advance
from streamz_core.dsl.build import build
from streamz_core.topology.plan import make_plan
from streamz_core.topology.times import passed_on
from tests.compiler.harness import Task, row

APPS = {}


def app(make):
    """An app from "in", which goes on when it is idle, to "out"."""
    APPS[make.__name__] = make
    return make


def source(idle="1s"):
    return App("shop").stream("in", key=str, value=int, idle=idle)


@app
def tumbled(stream):
    return stream.group_by_key().window(tumbling("10ms", grace="5ms")).count(name="n", emit="final")


@app
def sliding_windows(stream):
    return stream.group_by_key().window(sliding("7ms", grace="3ms")).count(name="n", emit="final")


@app
def sessions(stream):
    return stream.group_by_key().window(session("6ms", grace="3ms")).count(name="n", emit="final")


@app
def suppressed(stream):
    counts = stream.group_by_key().window(tumbling("10ms", grace="5ms")).count(name="n")
    return counts.suppress(until_window_closes(), name="s")


@app
def calmed(stream):
    return stream.group_by_key().count(name="n").suppress(until_time_limit("9ms"), name="s")


@app
def expired(stream):
    return stream.group_by_key().count(name="n", materialized=expiring("12ms"))


def program(make, *, fused=True):
    made = make(source())
    table = made.to_stream() if hasattr(made, "to_stream") else made
    table.to("out")
    plan = make_plan(built(made))
    (sub,) = plan.subs
    return Task(plan, sub, fused=fused)


def built(made):
    return build(made._draft.owner, {})


def shown(task):
    return [(one[0], one[1] and INT.decode(one[1]), one[2]) for one in task.commit().get("out", [])]


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("name", APPS)
@hypothesis.given(
    rows=st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), min_size=1, max_size=12),
    ahead=st.lists(st.integers(0, 30), min_size=1, max_size=4),
    crash=st.integers(0, 4),
)
@hypothesis.settings(deadline=None, max_examples=25)
def test_what_comes_out_is_what_a_record_of_that_time_would_bring(name, fused, rows, ahead, crash):
    """Of a key of its own, whose results are left out."""
    idle, fed = program(APPS[name], fused=fused), program(APPS[name], fused=fused)
    for task in (idle, fed):
        task.run("in", [row(key, 1, time) for key, time in rows])
    assert shown(idle) == shown(fed)
    time = max(time for _, time in rows)
    for at, more in enumerate(ahead):
        if at == crash:
            idle.restart()
        elif at == crash - 1:
            idle.restore()
        time += more
        idle.bound.entries[Advance("in")](time)
        fed.run("in", [row("zz", 1, time)])
        assert shown(idle) == [one for one in shown(fed) if not one[0].startswith(b"zz")]
    assert idle.bound.position().items() >= {"observed:n": time}.items() or name in {
        "calmed",
        "expired",
    }


def test_late_behind_it_is_late():
    task = program(tumbled)
    task.run("in", [row("a", 1, 5)])
    task.bound.entries[Advance("in")](40)
    assert [one[1] for one in shown(task)] == [1]
    task.run("in", [row("a", 1, 6), row("a", 1, 39)])
    assert shown(task) == []
    assert task.dropped == {"late n": 1}


def both(one: int, other: int | None) -> int:
    return one + (other or 0)


def joined():
    app = App("shop")
    left = app.stream("left", key=str, value=int, idle="1s")
    right = app.stream("right", key=str, value=int)
    met = left.join(right, both, how="left", within="10ms", grace="2ms", name="j")
    met.to("out")
    plan = make_plan(app.build())
    return Task(plan, plan.subs[0])


def test_what_met_no_other_comes_out():
    task = joined()
    task.run("left", [row("a", 1, 5)])
    assert shown(task) == []
    for topic in ("left", "right"):
        task.bound.entries[Advance(topic)](17)
    assert shown(task) == []
    task.bound.entries[Advance("left")](18)
    assert shown(task) == [(b"a", 1, 5)]


def test_what_waits_for_its_grace_is_joined():
    app = App("shop")
    users = app.table("users", key=str, value=int, materialized=versioned("1s"))
    clicks = app.stream("clicks", key=str, value=int, idle="1s")
    clicks.join(users, both, grace="10ms", name="j").to("out")
    plan = make_plan(app.build())
    task = Task(plan, plan.subs[0])
    task.run("users", [row("a", 10, 0)])
    task.run("clicks", [row("a", 1, 5)])
    task.bound.entries[Advance("clicks")](14)
    assert shown(task) == []
    task.bound.entries[Advance("clicks")](15)
    assert shown(task) == [(b"a", 11, 5)]


def test_a_hop_hears_of_a_time_before_which_nothing_comes_any_more():
    app = App("shop")
    windows = (
        app.stream("in", key=str, value=int, idle="1s")
        .group_by_key()
        .window(tumbling("10ms", grace="5ms"))
    )
    counts = windows.count(name="n", emit="final", materialized=memory())
    counts.to_stream(lambda _: "all", key=str).group_by_key().count(
        name="m", materialized=expiring("1h")
    )
    plan = make_plan(app.build())
    task, hop = Task(plan, plan.subs[0]), passed_on("shop-m-repartition")
    task.run("in", [row("a", 1, 12), row("a", 1, 25)])
    assert hop not in task.bound.position()
    task.bound.entries[Advance("in")](34)
    assert task.bound.position()[hop] == 20, "the window from 20 on is still open"
    sent = task.commit()["shop-m-repartition"]
    assert [one[2] for one in sent] == [12]
    task.bound.entries[Advance("in")](35)
    assert [one[2] for one in task.commit()["shop-m-repartition"]] == [25]


def test_others_pay_nothing():
    made = tumbled(source(idle=None))
    made.to_stream().to("out")
    plan = make_plan(built(made))
    task = Task(plan, plan.subs[0])
    assert not [key for key in task.bound.entries if isinstance(key, Advance)]
    assert "passed" not in task.program.text
