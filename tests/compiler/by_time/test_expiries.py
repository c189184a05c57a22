"""Rows that are over go before a record is run: told like deletes, however records are cut and whatever crashes."""

import hypothesis
import pytest
from hypothesis import strategies as st

from streamz_core.codecs.carried.changes import Change, change_codec
from streamz_core.codecs.plain import INT, STR
from streamz_core.compiler.by_time.expiries import Expire
from streamz_core.topology import nodes as n
from streamz_core.topology.plan import make_plan
from tests.compiler.harness import Task, ints, row, task_of
from tests.topology.graphs import Shop

TTL = 20


def expiring(name, ttl_ms=TTL, kind="expiring"):
    return n.StoreSpec(name, kind, STR, INT, retention_ms=ttl_ms, ttl_ms=ttl_ms)


def counted(**more):
    """in -> how many of each key, gone after a ttl -> out."""
    shop = Shop()
    counts = shop.count("counts", shop.stream("in"), store=expiring("counts"), **more)
    shop.to("out", counts)
    return shop


def shown(task):
    found = task.commit().get("out", [])
    return [(key.decode(), value and INT.decode(value), time) for key, value, time, _ in found]


def test_a_program_has_an_entry_for_each_store_whose_rows_expire():
    shop = counted()
    own = expiring("own", kind="ttl")
    shop.add(n.Peek, "look", shop.nodes[0], fn=n.Func(print, "look", stores=(own,)))
    keys = list(task_of(shop).bound.entries)
    assert [key for key in keys if isinstance(key, Expire)] == [Expire("own"), Expire("counts")]


def test_others_pay_nothing():
    shop = Shop()
    shop.to("out", shop.count("counts", shop.stream("in")))
    text = task_of(shop).program.text
    assert "due" not in text
    assert "task" not in text


@pytest.mark.parametrize("fused", [True, False])
def test_a_row_of_the_record_that_moves_time_begins_anew(fused):
    task = task_of(counted(), fused=fused)
    task.run("in", [row("a", 1, 1), row("b", 1, 9), row("a", 1, 21), row("b", 1, 28)])
    assert shown(task) == [("a", 1, 1), ("b", 1, 9), ("a", None, 21), ("a", 1, 21), ("b", 2, 28)]


def test_the_delete_of_a_row_carries_its_old_value():
    shop = Shop()
    table = shop.table("users")
    table.materialized = expiring("users")
    shop.sum_rows("sums", shop.regroup("by", table, lambda _: "all"))
    plan = make_plan(shop.graph())
    task = Task(plan, plan.subs[0])
    task.run("users", [row("a", 5, 1), row("b", 7, 30)])
    sent = [change_codec(INT).decode(one[1]) for one in task.commit()["shop-sums-repartition"]]
    assert sent == [Change(5, None), Change(None, 5), Change(7, None)]


def test_tables_further_down_hear_of_it_first():
    shop = counted()
    counts = shop.nodes[1]
    shop.to("few", shop.filter("few", counts, "few"))
    task = task_of(shop)
    task.run("in", [row("a", 1, 1), row("b", 1, 50)])
    found = task.commit()
    assert ints([one[:2] for one in found["few"]]) == [("a", 1), ("a", None), ("b", 1)]
    assert task.rows("few") == [("b", 1, 50)]


def test_what_goes_on_at_commits_is_a_delete_at_last():
    task = task_of(counted(at_commit=True))
    task.run("in", [row("a", 1, 1)])
    assert shown(task) == [("a", 1, 1)]
    task.run("in", [row("b", 1, 30), row("c", 1, 31), row("b", 1, 60)])
    assert shown(task) == [("a", None, 21), ("b", 1, 60)]


def test_joins_do_not_meet_what_is_gone():
    shop = Shop()
    users = shop.table("users")
    users.materialized = expiring("users")
    shop.to("out", shop.join("joined", shop.stream("clicks"), users))
    task = task_of(shop)
    task.run("users", [row("a", 5, 1)])
    task.run("clicks", [row("a", 1, 20), row("a", 1, 21)])
    assert len(task.commit()["out"]) == 1


def slow(rows):
    """What comes out, by a plain dict."""
    counts, now, out = {}, -1, []
    for key, time in rows:
        now = max(now, time)
        over = sorted((when, who) for who, (_, when) in counts.items() if when + TTL <= now)
        for when, who in over:
            del counts[who]
            out.append((who, None, when + TTL))
        count, when = counts.get(key, (0, -1))
        counts[key] = (count + 1, max(time, when))
        out.append((key, *counts[key]))
    return out


@hypothesis.given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 150)), min_size=1, max_size=30),
    st.lists(st.integers(1, 7), min_size=1, max_size=30),
    st.sets(st.integers(0, 10), max_size=4),
    st.booleans(),
    st.booleans(),
)
@hypothesis.settings(deadline=None, max_examples=80)
def test_it_is_a_dict_however_records_are_cut_and_whatever_crashes(
    rows, sizes, crashes, fused, sort
):
    rows = sorted(rows, key=lambda each: each[1]) if sort else rows
    task, found, at = task_of(counted(), fused=fused), [], 0
    for index, size in enumerate(sizes):
        if at < len(rows):
            task.run("in", [row(key, 1, time) for key, time in rows[at : at + size]])
            found += shown(task)
            at += size
        if index in crashes:
            task.restart() if index % 2 else task.restore()
    if at < len(rows):
        task.run("in", [row(key, 1, time) for key, time in rows[at:]])
        found += shown(task)
    assert found == slow(rows)
