"""Compiled programs: their text, what functions of the user see, what is left after an error."""

import traceback

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.program import compile_sub
from streamz_core.errors import Misuse
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from streamz_core.topology.windows import TimeWindows
from tests.compiler.harness import World, ints, row, run, task_of
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


# ---- process


def processing(fn, *, kind=n.Process, stores=()):
    shop = Shop()
    source = shop.stream("in")
    made = n.Func(fn, "fn", stores=stores)
    shop.to("out", shop.add(kind, "fn", source, fn=made))
    return shop


def test_a_function_that_yields_nothing_may_return_none():
    seen = []
    shop = processing(lambda record, context: seen.append(record.value))
    assert run(shop, "in", [row("a", 1)]) == []
    assert seen == [1]


def test_the_context_tells_place_and_times():
    seen = []

    def look(record, context):
        place = (context.topic, context.partition, context.offset)
        seen.append((*place, context.stream_time, context.wall_time))
        assert place == (record.topic, record.partition, record.offset)

    task = task_of(processing(look))
    task.now = 1234
    task.bound.set_task_time(7)
    task.run("in", [row("a", 1, 5), row("a", 1, 9), row("a", 1, 8)], offset=40)
    assert seen == [
        ("in", 0, 40, 7, 1234),
        ("in", 0, 41, 9, 1234),
        ("in", 0, 42, 9, 1234),
    ]
    assert task.bound.position() == {"task": 9}


def test_other_inputs_move_the_task_time_too():
    shop = processing(lambda record, context: None)
    source = next(node for node in shop.nodes if node.name == "in")
    users = shop.table("users")
    shop.join("joined", source, users)
    task = task_of(shop)
    task.run("users", [row("a", 1, 3), row("a", 1, 2)])
    assert task.bound.position() == {"task": 3}


def test_process_values_must_keep_the_key():
    def move(record, context):
        yield record.with_key("b")

    with pytest.raises(Misuse, match="process_values keeps it"):
        task_of(processing(move, kind=n.ProcessValues)).run("in", [row("a", 1)])


def test_a_negative_timestamp_is_refused():
    def back(record, context):
        yield record.with_timestamp(-1)

    with pytest.raises(Misuse, match="negative timestamp"):
        task_of(processing(back)).run("in", [row("a", 1)])


def test_a_declared_store_writes_with_the_time_of_the_record():
    store = n.StoreSpec("seen", "plain", STR, INT)

    def remember(record, context, seen):
        seen[record.key] = record.value
        yield record

    task = task_of(processing(remember, stores=(store,)))
    task.run("in", [row("a", 1, 5), row("b", 2, 6)])
    task.commit()
    assert task.changelogs["seen"] == [(b"a", INT.encode(1), 5), (b"b", INT.encode(2), 6)]
    assert task.rows("seen") == [("a", 1), ("b", 2)]


# ---- sinks and hops


def test_the_default_branch_comes_last_wherever_it_was_declared():
    shop = Shop()
    split = shop.add(n.Split, "kinds", shop.stream("in"))
    shop.to("rest", shop.add(n.Branch, "rest", split))
    fn = n.Func(lambda value: value > 1, "big")
    shop.to("out", shop.add(n.Branch, "big", split, fn=fn))
    task = task_of(shop)
    task.run("in", [row("a", 1), row("b", 2)])
    found = {topic: [one[0] for one in rows] for topic, rows in task.commit().items()}
    assert found == {"rest": [b"a"], "out": [b"b"]}


def test_a_chosen_topic():
    shop = Shop()
    choose = n.Func(lambda key, value: f"{key}-{value % 2}", "choose", with_key=True)
    shop.add(n.Sink, "to", shop.stream("in"), choose=choose)
    task = task_of(shop)
    task.run("in", [row("a", 1), row("a", 2, 1, (("h", b"x"),)), row("a", 3)])
    found = task.commit()
    assert {topic: [one[2:] for one in rows] for topic, rows in found.items()} == {
        "a-1": [(0, ()), (0, ())],
        "a-0": [(1, (("h", b"x"),))],
    }


def test_a_chosen_topic_may_be_one_that_another_sink_writes():
    shop = Shop()
    source = shop.stream("in")
    more = shop.add(n.MapValues, "more", source, fn=n.Func(lambda value: value + 1, "more"))
    shop.to("out", more)
    shop.add(n.Sink, "to", more, choose=n.Func(lambda value: "out", "choose"))
    assert ints(run(shop, "in", [row("a", 1)])) == [("a", 2), ("a", 2)]


def test_null_keys_end_at_a_hop_and_are_counted():
    shop = Shop()
    shop.count("hits", shop.rekey("by", shop.stream("in"), lambda value: None))
    world = World(shop.graph())
    world.send("in", row("a", 1))
    world.run()
    assert world.tasks["in"].dropped == {"null-key-repartition by": 1}


def test_drops_are_counted_by_reason():
    shop = Shop()
    source = shop.stream("in")
    shop.count("total", source)
    shop.join("joined", source, shop.table("users"))
    task = task_of(shop)
    task.run("in", [row(None, 1), row("a", None)])
    assert task.dropped == {
        "null-key total": 1,
        "null-value total": 1,
        "null-key joined": 1,
        "null-value joined": 1,
    }


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


# ---- lookups of windows


def test_a_windowed_table_can_be_joined_by_windowed_keys():
    shop = Shop()
    codec = TimeWindows(10, 10).codec(STR)
    spec = n.StoreSpec("w", "window", STR, INT, retention_ms=20, window=TimeWindows(10, 10))
    source = shop.stream("in")
    window = TimeWindows(10, 10, 10)
    table = shop.add(n.Aggregate, "w", source, kind="count", store=spec, window=window, key=codec)
    asked = shop.stream("ask", key=codec)
    joined = shop.add(
        n.StreamTableJoin,
        "joined",
        asked,
        table,
        fn=n.Func(lambda left, right: -1 if right is None else right, "joined"),
        left_outer=True,
    )
    shop.to("out", joined)
    task = task_of(shop)
    task.run("in", [row("a", 1, 5), row("a", 1, 15), row("a", 1, 16), row("b", 1, 25)])
    rows = [
        (codec.encode(Windowed("a", start, start + 10)), INT.encode(0), 0, ())
        for start in (0, 10, 20)
    ]
    task.run("ask", rows)
    assert [INT.decode(one[1]) for one in task.commit()["out"]] == [-1, 2, -1]


def test_windows_of_one_key_go_to_one_partition():
    shop = counting(lambda value: None)
    task = task_of(shop)
    task.run("in", [row("a", 1, at) for at in range(0, 90, 10)])
    assert len(task.outputs["out"].take(5)) == 1
