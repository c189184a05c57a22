"""Compiled programs: their text, what functions of the user see, what is left after an error."""

import traceback

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.program import compile_sub
from streamz_core.errors import Misuse
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from streamz_core.topology.windows import TimeWindows
from tests.compiler.harness import ints, row, run, task_of
from tests.topology.graphs import Shop

# ---- the text


def pages(click):
    return click > 0


def changed(user, click, last):
    if last.get(user) != click:
        last[user] = click
        yield click


def enriched(click, user):
    return click if user is None else click + user


def hits(total, click):
    return total + click


def pipeline():
    shop = Shop()
    users = shop.table("users")
    clicks = shop.stream("clicks")
    seen = shop.add(n.Filter, "pages", clicks, fn=n.Func(pages, "pages"))
    store = n.StoreSpec("last-url", "plain", key=STR, value=INT)
    fn = n.Func(changed, "changed", with_key=True, stores=(store,))
    news = shop.add(n.FlatMapValues, "changed", seen, fn=fn)
    fn = n.Func(enriched, "enriched")
    joined = shop.add(n.StreamTableJoin, "enriched", news, users, fn=fn, left_outer=True)
    spec = n.StoreSpec(
        "hits", "window", STR, INT, retention_ms=70_000, window=TimeWindows(60_000, 60_000)
    )
    table = shop.add(
        n.Aggregate,
        "hits",
        shop.rekey("url", joined),
        kind="aggregate",
        fn=n.Func(hits, "hits"),
        initial=int,
        store=spec,
        window=TimeWindows(60_000, 60_000, 10_000),
        key=TimeWindows(60_000, 60_000).codec(STR),
    )
    shop.to("hits-per-minute", table)
    return shop


def hits_text():
    """The golden file hits.txt: every line that is written for the pipeline."""
    plan = make_plan(pipeline().graph())
    return "\n".join(f"# {sub.name}\n{compile_sub(plan, sub).text}" for sub in plan.subs)


def test_the_same_graph_gives_the_same_text():
    plan = make_plan(pipeline().graph())
    first, second = (compile_sub(plan, plan.subs[0]).text for _ in range(2))
    assert first == second


def test_every_line_inside_a_loop_knows_its_node():
    plan = make_plan(pipeline().graph())
    program = compile_sub(plan, plan.subs[0])
    lines = program.text.splitlines()
    at = next(number for number, line in enumerate(lines, 1) if "pages(value)" in line)
    assert program.node_at(at) == "pages"
    assert program.node_at(1) == program.node_at(0) == program.node_at(10_000) == ""


def test_a_traceback_shows_the_line_and_names_the_node():
    def broken(value):
        raise ZeroDivisionError(value)

    shop = Shop()
    shop.add(n.MapValues, "halved", shop.stream("in"), fn=n.Func(broken, "halved"))
    task = task_of(shop)
    with pytest.raises(ZeroDivisionError) as caught:
        task.run("in", [row("a", 1)])
    shown = "".join(traceback.format_exception(caught.value))
    assert "halved(value)" in shown
    assert f'File "{task.program.filename}"' in shown
    frames = [frame for frame in caught.traceback if str(frame.path) == task.program.filename]
    assert task.program.node_at(frames[-1].lineno + 1) == "halved"


@pytest.mark.parametrize("name", ["keys", "for", "<lambda>", "zip", "é", "3d", "value", "drop"])
def test_any_name_of_a_function_will_do(name):
    shop = Shop()
    kept = shop.add(n.Filter, name, shop.stream("in"), fn=n.Func(lambda value: value > 1, name))
    shop.to("out", shop.add(n.MapValues, name, kept, fn=n.Func(lambda value: value * 2, name)))
    assert ints(run(shop, "in", [row("a", 1), row("b", 2)])) == [("b", 4)]


# ---- after an error


def counting(call):
    shop = Shop()
    checked = shop.add(n.Peek, "check", shop.stream("in"), fn=n.Func(call, "check"))
    spec = n.StoreSpec("w", "window", STR, INT, retention_ms=100, window=TimeWindows(10, 10))
    table = shop.add(
        n.Aggregate,
        "w",
        checked,
        kind="count",
        store=spec,
        window=TimeWindows(10, 10, 90),
        key=TimeWindows(10, 10).codec(STR),
    )
    again = shop.add(n.ToStream, "again", table)
    shop.add(n.Peek, "late-check", again, fn=n.Func(call, "late"))
    shop.to("out", again)
    return shop


def test_an_error_leaves_times_as_they_were():
    def fail(value):
        if value == 3:
            raise ValueError(value)

    task = task_of(counting(fail))
    task.run("in", [row("a", 1, 5)])
    before = task.bound.position()
    with pytest.raises(ValueError, match="3"):
        task.run("in", [row("a", 1, 50), row("a", 3, 60)])
    assert task.bound.position() == before == {"observed:w": 5}


def careful(task, topic, rows):
    """Records one by one, each in a nested overlay; those that fail leave nothing."""
    for at, one in enumerate(rows):
        marks = {name: output.mark() for name, output in task.outputs.items()}
        for store in task.stores.values():
            store.begin()
        try:
            task.run(topic, [one], offset=at)
            for store in task.stores.values():
                store.keep()
        except ValueError:
            for store in task.stores.values():
                store.undo()
            for name, output in task.outputs.items():
                output.truncate(marks.get(name, 0))


@pytest.mark.parametrize("late", [False, True], ids=["before the store", "behind the store"])
def test_a_failing_record_leaves_no_half_effects(late):
    def fail(value):
        if value == (2 if late else 33):
            raise ValueError(value)

    rows = [row("a", 1, 5), row("a", 33 if not late else 1, 6), row("b", 1, 7), row("b", 33, 8)]
    task = task_of(counting(fail))
    task.run("in", rows[:1])
    task.commit()
    with pytest.raises(ValueError, match=r"\d"):
        task.run("in", rows[1:])
    for store in task.stores.values():
        store.rollback()
    task.outputs["out"].clear()
    careful(task, "in", rows[1:])
    written = task.commit()["out"]
    assert [(key[:1], INT.decode(value)) for key, value, *_ in written] == [(b"b", 1)]
    found = {(one[0].key, one[1]) for one in task.rows("w")}
    assert found == {("a", 1), ("b", 1)}


def test_times_survive_a_restart():
    task = task_of(counting(lambda value: None))
    task.run("in", [row("a", 1, 500)])
    task.commit()
    task.restart()
    task.run("in", [row("a", 1, 5)])
    assert task.dropped == {"late w": 1}


def test_unknown_times_are_no_part_of_a_position():
    task = task_of(counting(lambda value: None))
    assert task.bound.position() == {}
    task.bound.restore({"observed:w": 9, "gone": 3})
    assert task.bound.position() == {"observed:w": 9}
    task.bound.restore({})
    assert task.bound.position() == {}


def test_windows_of_one_key_go_to_one_partition():
    shop = counting(lambda value: None)
    task = task_of(shop)
    task.run("in", [row("a", 1, at) for at in range(0, 90, 10)])
    assert len(task.outputs["out"].take(5)) == 1


# ---- topics that records choose


@pytest.mark.parametrize("chosen", [None, b"o", 7, ["o"], "", "a b", ".."])
def test_a_function_that_chooses_no_topic_is_told_with_its_step_and_what_it_chose(chosen):
    shop = Shop()
    shop.add(n.Sink, "to", shop.stream("in"), choose=n.Func(lambda _: chosen, "choose"))
    with pytest.raises((TypeError, Misuse)) as caught:
        run(shop, "in", [row("a", 1)])
    assert isinstance(caught.value, Misuse) == isinstance(chosen, str)
    assert str(caught.value).startswith("to: its function chose no topic for a record: ")
    assert repr(chosen) in str(caught.value)
