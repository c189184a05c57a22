"""Joins of two streams: against a slow join of plain lists, and what no recorded case says."""

import random
from bisect import insort

import pytest

from streamz_core.codecs.free import JSON
from streamz_core.codecs.plain import STR
from streamz_core.topology import nodes as n
from streamz_core.topology.windows import JoinWindows
from tests.compiler.harness import World, ints, row, task_of
from tests.topology.graphs import Shop

NOW = (("h", b"now"),)


class Slow:
    """The join as Kafka writes it down, on lists; it keeps everything. `windows`, `how` as of the node."""

    def __init__(self, windows, how):
        self.reach = {"a": (windows.before_ms, windows.after_ms)}
        self.reach["b"] = self.reach["a"][::-1]
        self.outer = {"a": how != "inner", "b": how == "outer"}
        self.grace, self.keep = windows.grace_ms, windows.least_retention_ms
        self.rows, self.newest = {"a": [], "b": []}, {"a": -1, "b": -1}
        self.time, self.oldest, self.waiting, self.out = -1, None, {}, []

    def put(self, side, key, value, time):
        self.join(side, key, value, time)
        if key is not None and value is not None:
            self.newest[side] = max(self.newest[side], time)
            insort(self.rows[side], (time, len(self.rows[side]), key, value))

    def join(self, side, key, value, time):
        self.time = max(self.time, time)
        if value is None or (key is None and not self.outer[side]):
            return
        if key is None:
            self.emit(side, key, value, None, time)
            return
        back, ahead = self.reach[side]
        if time == self.time and self.outer["a"]:
            self.expire(ahead)
        other, met = "ab".replace(side, ""), False
        for at, _, name, found in self.rows[other]:
            inside = max(0, time - back) <= at <= max(0, time + ahead)
            if name == key and inside and at > self.newest[other] - self.keep:
                met = True
                self.waiting.pop((at, other == "a", key), None)
                self.emit(side, key, value, found, max(at, time))
        if met or not self.outer[side]:
            return
        if max(0, time + ahead) < self.time:
            self.emit(side, key, value, None, time)
        else:
            self.oldest = time if self.oldest is None else min(self.oldest, time)
            self.waiting.setdefault((time, side == "a", key), []).append(value)

    def expire(self, ahead):
        if self.oldest is not None and self.oldest + ahead + self.grace >= self.time:
            return
        self.oldest, still_open = None, set()
        for time, left, key in sorted(self.waiting):
            self.oldest = time
            if len(still_open) == 2:
                return
            if time + self.reach["a" if left else "b"][1] + self.grace >= self.time:
                still_open.add(left)
                continue
            for value in self.waiting.pop((time, left, key)):
                self.emit("a" if left else "b", key, value, None, time)

    def emit(self, side, key, own, other, time):
        left, right = (own, other) if side == "a" else (other, own)
        self.out.append((key, (left or 0) * 10 + (right or 0), time))


def chance(seed):
    """A join of random windows, and records whose times lie about their bounds."""
    draw = random.Random(seed)
    before, after = draw.randint(-6, 12), draw.randint(-6, 12)
    windows = JoinWindows(max(before, -after), after, draw.choice([0, 0, 5, 40]))
    how = draw.choice(["inner", "left", "outer", "outer"])
    now, records = 0, []
    for _ in range(120):
        now += draw.choice([0, 0, 1, 1, 2, 7, 30])
        time = max(0, now - draw.choice([0, 0, 1, 5, 12, 30]))
        key = draw.choice(["k", "l", "kk", None]) if draw.random() < 0.3 else "k"
        value = draw.randint(1, 9) if draw.random() < 0.95 else None
        records.append((draw.choice("ab"), key, value, time))
    return windows, how, records


def joined(windows, how):
    shop = Shop()
    shop.to("out", shop.meet("joined", shop.stream("a"), shop.stream("b"), windows, how=how))
    return shop


def outputs(task):
    rows = task.commit().get("out", [])
    return [
        (*pair, written[2]) for pair, written in zip(ints([r[:2] for r in rows]), rows, strict=True)
    ]


def same_topic(records):
    """Records in a row that come from one topic: as long a batch as there can be."""
    batch = []
    for record in records:
        if batch and batch[-1][0] != record[0]:
            yield batch
            batch = []
        batch.append(record)
    yield batch


@pytest.mark.parametrize("seed", range(60))
def test_results_are_those_of_the_slow_join(seed):
    windows, how, records = chance(seed)
    slow = Slow(windows, how)
    for record in records:
        slow.put(*record)
    ways = {
        "one by one": ({}, [[record] for record in records]),
        "in batches": ({}, list(same_topic(records))),
        "unfused": ({"fused": False}, list(same_topic(records))),
    }
    for way, (options, batches) in ways.items():
        task = task_of(joined(windows, how), **options)
        found = []
        for at, batch in enumerate(batches):
            task.run(batch[0][0], [row(*record[1:]) for record in batch])
            found += outputs(task) if at % 3 else []  # of a commit now and then
        found += outputs(task)
        assert found == slow.out, (way, windows, how)


@pytest.mark.parametrize("seed", range(60, 90))
@pytest.mark.parametrize("lost", ["restart", "restore"])
def test_a_restart_changes_nothing(seed, lost):
    windows, how, records = chance(seed)
    slow, task, found = Slow(windows, how), task_of(joined(windows, how)), []
    for at, record in enumerate(records):
        slow.put(*record)
        task.run(record[0], [row(*record[1:])])
        found += outputs(task)
        if at % 17 == seed % 17:
            getattr(task, lost)()
    assert found == slow.out, (windows, how)


def test_results_have_the_headers_of_the_record_that_brought_them_about():
    task = task_of(joined(JoinWindows(10, 10), "left"))
    task.run("a", [row("k", 1, 5, (("h", b"old"),)), row("l", 2, 6)])
    task.run("b", [row("k", 3, 4, NOW), row("m", 4, 90, NOW)])
    assert [(written[2], written[3]) for written in task.commit()["out"]] == [(5, NOW), (6, NOW)]


def test_a_joiner_with_key_gets_it_of_records_that_come_out_later_too():
    shop = joined(JoinWindows(10, 10), "outer")
    joiner = shop.nodes[2]
    joiner.fn = n.Func(
        lambda key, one, other: len(key or "") * 100 + (one or other), "joined", True
    )
    task = task_of(shop)
    task.run("a", [row("kk", 1, 5), row(None, 2, 6), row("kkk", 3, 90)])
    assert [value for _, value, _ in outputs(task)] == [2, 201]


def test_a_function_that_changes_what_it_gets_changes_nothing_else():
    shop, seen = Shop(), []
    left, right = (shop.stream(topic, value=JSON) for topic in "ab")

    def spoil(one, other):
        seen.append([*(one or []), *(other or [])])
        for part in (one, other):
            if part is not None:
                part.append("spoilt")
        return 0

    shop.to("out", shop.meet("joined", left, right, how="outer", fn=spoil))
    task = task_of(shop)
    for topic, time in [("a", 1), ("a", 2), ("b", 3), ("b", 4), ("a", 60), ("b", 99)]:
        task.run(topic, [(b"k", JSON.encode([time]), time, ())])
    assert seen == [[1, 3], [2, 3], [1, 4], [2, 4], [60]]


def test_values_that_a_step_made_are_kept_as_they_were():
    shop, seen = Shop(), []
    made = shop.add(
        n.MapValues, "made", shop.stream("a"), fn=n.Func(lambda v: [v], "made"), value=JSON
    )
    shop.meet(
        "joined", made, shop.stream("b"), fn=lambda one, _: seen.append(list(one)) or one.append(0)
    )
    task = task_of(shop)
    task.run("b", [row("k", 1, 1), row("k", 1, 2)])
    task.run("a", [row("k", 7, 3)])
    task.run("b", [row("k", 1, 4)])
    assert seen == [[7], [7], [7]]


def test_a_stream_with_itself():
    shop = Shop()
    source = shop.stream("a")
    shop.to("out", shop.meet("joined", source, source, JoinWindows(5, 0)))
    for fused in (True, False):
        task = task_of(shop, fused=fused)
        task.run("a", [row("k", 1, 0), row("k", 2, 5), row("k", 3, 6)])
        assert [value for _, value, _ in outputs(task)] == [11, 21, 22, 32, 33]


def test_sides_that_are_keyed_anew_meet_behind_hops():
    shop = Shop()
    by = [shop.rekey(f"by-{topic}", shop.stream(topic), lambda v: f"k{v % 2}") for topic in "ab"]
    shop.to("out", shop.meet("joined", *by, how="left"))
    world = World(shop.graph())
    assert [hop.topic for hop in world.plan.hops] == [
        "shop-joined-left-repartition",
        "shop-joined-right-repartition",
    ]
    assert {hop.key for hop in world.plan.hops} == {STR}
    assert all(hop.relaxed for hop in world.plan.hops)
    world.send("a", row("x", 1, 1), row("x", 2, 2))
    world.send("b", row("y", 3, 3))
    world.run()
    assert ints([written[:2] for _, written in world.out]) == [("k1", 13)]


def test_a_record_that_fails_leaves_no_half():
    shop = joined(JoinWindows(10, 10), "outer")
    task = task_of(shop)
    task.run("a", [row("k", 1, 5)])
    task.commit()
    times = task.bound.position()
    for store in task.stores.values():
        store.begin()
    task.run("b", [row("k", 2, 6), row("l", 3, 200)])
    for store in task.stores.values():
        store.undo()
    task.outputs["out"].clear()
    task.bound.restore(times)
    task.run("b", [row("m", 2, 300)])
    assert outputs(task) == [("k", 10, 5)]
