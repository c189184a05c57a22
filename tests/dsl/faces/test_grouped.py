"""Groupings and aggregates."""

from __future__ import annotations

import pytest
from attrs import Factory, define, frozen

from streamz_core import App, unlimited
from streamz_core.dsl.builder import Builder
from streamz_core.dsl.declared.topics import memory
from streamz_core.dsl.declared.windows import hopping, session, sliding, tumbling
from streamz_core.dsl.faces.grouped import Grouped, GroupedStep
from streamz_core.dsl.faces.table import Table, TableStep
from streamz_core.errors import TopologyError
from streamz_core.record import Windowed
from streamz_core.topology import nodes as n


@frozen
class Total:
    number: int = 0

    def add(self, number: int) -> Total:
        return Total(self.number + number)

    def merge(self, newer: Total) -> Total:
        return Total(self.number + newer.number)


@define
class Changed:
    numbers: list[int]

    def __init__(self):
        self.numbers = []

    def add(self, number):
        self.numbers.append(number)


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def numbers(app):
    return app.stream("numbers", key=str, value=int)


def built(app, name):
    return {node.name: node for node in app.build().nodes}[name]


def test_aggregates_are_methods_and_decorators(app, numbers):
    by_key = numbers.group_by_key()
    counts = by_key.count(name="counts")

    @by_key.reduce
    def largest(old: int, new: int) -> int:
        return max(old, new)

    @by_key.aggregate(initial=list, with_key=True)
    def listed(key, so_far, number):
        return [*so_far, key, number]

    by_key.aggregate(lambda total, number: total + number, initial=int, name="sums")
    assert type(counts) is Table
    assert isinstance(largest, TableStep)
    assert largest(1, 2) == 2
    assert listed("a", [], 1) == ["a", 1]
    kinds = {name: built(app, name) for name in ("counts", "largest", "listed", "sums")}
    assert all(isinstance(node, n.Aggregate) for node in kinds.values())
    assert {name: node.kind for name, node in kinds.items()} == {
        "counts": "count",
        "largest": "reduce",
        "listed": "aggregate",
        "sums": "aggregate",
    }
    assert kinds["counts"].fn is None
    assert kinds["listed"].fn.with_key
    assert kinds["listed"].initial is list
    assert all(node.parents[0].name == "numbers" for node in kinds.values())
    assert all(
        (node.store.name, node.store.kind, node.store.memory) == (name, "timestamped", False)
        for name, node in kinds.items()
    )


def test_windows_size_their_stores(app, numbers):
    grouped = numbers.group_by_key()
    tumbled = grouped.window(tumbling("10s", grace="5s"))
    tumbled.count(name="plain")
    tumbled.reduce(lambda a, b: a, name="longer", retention="1h", materialized=memory())
    grouped.window(hopping("10s", "1s")).aggregate(initial=int, name="hopped")(lambda a, v: a)
    plain, longer, hopped = (built(app, name) for name in ("plain", "longer", "hopped"))
    assert (plain.store.kind, plain.store.window.size_ms, plain.store.retention_ms) == (
        "window",
        10_000,
        15_000,
    )
    assert (longer.store.retention_ms, longer.store.memory) == (3_600_000, True)
    assert (hopped.window.size_ms, hopped.window.advance_ms) == (10_000, 1_000)
    assert plain.window.grace_ms == 5_000


def test_sessions_and_sliding_windows_have_stores_of_their_kinds(app, numbers):
    grouped = numbers.group_by_key()
    grouped.window(session("10s", grace="5s")).aggregate(Total, name="visits")
    grouped.window(sliding("10s", grace="5s")).count(name="rates")
    visits, rates = built(app, "visits"), built(app, "rates")
    assert (visits.store.kind, visits.store.retention_ms) == ("session", 15_000)
    assert (rates.store.kind, rates.store.retention_ms) == ("ordered", 25_000)
    assert visits.merge.call(Total(1), Total(2)) == Total(3)
    assert visits.key.decode(visits.key.encode(Windowed("a", 3, 7))) == Windowed("a", 3, 7)


def test_what_merges_two_sessions_must_be_said_and_only_for_sessions(app, numbers):
    visits = numbers.group_by_key().window(session("10s"))
    tumbled = numbers.group_by_key().window(tumbling("10s"))
    with pytest.raises(TopologyError, match=r"sums: two sessions become one .* say merge="):
        visits.aggregate(add, initial=int, name="sums")
    with pytest.raises(TopologyError, match="two sessions become one"):
        visits.aggregate(Changed, name="changed")
    with pytest.raises(TopologyError, match="sums: merge= says how sessions"):
        tumbled.aggregate(add, initial=int, merge=add, name="sums")
    with pytest.raises(TopologyError, match=r"sums, merge=: .* \(key, older, newer\)"):
        visits.aggregate(with_key, initial=int, merge=add, with_key=True, name="sums")
    tumbled.aggregate(Total, name="totals")
    assert built(app, "totals").merge is None


def test_only_what_changes_a_row_may_go_on(app, numbers):
    grouped = numbers.group_by_key()
    grouped.count(name="some", emit="changes")
    grouped.window(tumbling("1s")).count(name="some-of-windows", emit="changes")
    assert built(app, "some").on_change
    assert built(app, "some-of-windows").on_change


def test_the_last_changes_may_go_on_at_commits(app, numbers):
    grouped = numbers.group_by_key()
    grouped.count(name="last", emit="commit")
    grouped.window(tumbling("1s")).count(name="last-of-windows", emit="commit")
    grouped.count(name="every")
    assert built(app, "last").at_commit
    assert built(app, "last-of-windows").at_commit
    assert not built(app, "last-of-windows").final
    assert not built(app, "every").at_commit


def test_final_results_are_those_of_windows_that_close(app, numbers):
    grouped = numbers.group_by_key()
    for at, made in enumerate((tumbling("1s"), hopping("2s", "1s"), sliding("1s"), session("1s"))):
        grouped.window(made).count(name=f"final-{at}", emit="final")
        grouped.window(made).reduce(add, name=f"all-{at}", emit="updates")
        final, updates = built(app, f"final-{at}"), built(app, f"all-{at}")
        assert final.final
        assert final.store.closing
        assert not updates.final
        assert not updates.store.closing
    with pytest.raises(TopologyError, match=r"n: emit=\"final\" .* there are no windows"):
        grouped.count(name="n", emit="final")
    with pytest.raises(TopologyError, match="an unlimited one never does"):
        grouped.window(unlimited()).aggregate(Total, name="n", emit="final")
    with pytest.raises(
        TopologyError, match=r"n: emit='last'; .* 'updates' or 'commit' or 'changes' or 'final'"
    ):
        grouped.window(tumbling("1s")).count(name="n", emit="last")


def test_a_merge_that_changes_the_object_in_place_is_asked_for_it(app, numbers):
    class Merged(Changed):
        def merge(self, newer):
            self.numbers += newer.numbers

    numbers.group_by_key().window(session("10s")).aggregate(Merged, name="merged", value=object)
    one, other = Merged(), Merged()
    other.numbers = [2]
    assert built(app, "merged").merge.call(one, other) is one
    assert one.numbers == [2]


def add(one, other):
    return one + other


def with_key(key, total, number):
    return total + number


def test_too_short_a_retention_is_refused(numbers):
    grouped = numbers.group_by_key().window(tumbling("10s", grace="5s"))
    with pytest.raises(TopologyError, match="the retention of hits is 14999 ms"):
        grouped.count(name="hits", retention="14999ms")


def test_a_key_function_stays_callable(app, numbers):
    @numbers.group_by(with_key=True)
    def parity(key: str, number: int) -> int:
        return number % 2

    assert isinstance(parity, GroupedStep)
    assert isinstance(parity, Grouped)
    assert parity("a", 3) == 1
    parity.count(name="counts")
    node = built(app, "numbers.group_by")
    assert isinstance(node, n.SelectKey)
    assert node.fn.with_key
    assert built(app, "counts").parents[0].name == node.name


def test_a_class_with_add_folds_by_itself(app, numbers):
    totals = numbers.group_by_key().aggregate(Total)
    assert totals(5) == Total(5), "it is called as the class"
    node = built(app, "Total")
    assert node.kind == "aggregate"
    assert node.initial() == Total()
    assert node.fn.call(Total(1), 2) == Total(3)
    assert node.fn.call is Total.add, "a class that returns the next costs nothing more"


@define
class Said:
    numbers: list[int] = Factory(list)

    def add(self, number) -> None:
        self.numbers.append(number)


@pytest.mark.parametrize("cls", [Changed, Said])
def test_a_class_that_changes_itself_is_accepted(app, numbers, cls):
    numbers.group_by_key().aggregate(cls, name="changed")
    node = built(app, "changed")
    first = node.initial()
    assert node.fn.call(first, 2) is first
    assert first.numbers == [2]
    assert not node.value.immutable


@pytest.mark.parametrize("wrong", [len, lambda a, v: a, int, "x"])
def test_without_an_initial_value_only_such_a_class_is_taken(numbers, wrong):
    with pytest.raises(
        TopologyError, match=r"numbers.aggregate: say initial=.*class with add\(value\)"
    ):
        numbers.group_by_key().aggregate(wrong)


def test_a_window_is_made_with_tumbling_or_hopping(numbers):
    with pytest.raises(TopologyError, match=r"window\('1m'\); make one with tumbling"):
        numbers.group_by_key().window("1m")


def test_unknown_options_are_type_errors(numbers):
    grouped = numbers.group_by_key()
    for make in (
        lambda: grouped.reduce(max, with_key=True),
        lambda: grouped.count(nme="n"),
        lambda: grouped.aggregate(initial=int, store=1),
    ):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            make()


def test_wrong_materialized_is_told(numbers):
    with pytest.raises(
        TopologyError, match=r"it takes True, memory\(\), versioned\(history\) or expiring\(ttl\)"
    ):
        numbers.group_by_key().count(name="n", materialized="memory")


def test_only_windows_have_a_retention(numbers):
    with pytest.raises(
        TopologyError, match=r"n: retention= is how long windows are kept, but this"
    ):
        numbers.group_by_key().count(name="n", retention="1h")


def test_an_unlimited_window_takes_all_from_its_start_on():
    app = App("ever")
    numbers = app.stream("numbers", key=str, value=int)
    numbers.group_by_key().window(unlimited(10)).count(name="all").to("counts")
    with app.test() as test:
        for timestamp in (9, 10, 10**15, 11):
            test.topic("numbers").send("a", 1, timestamp=timestamp)
        counts = test.topic("counts").records()
    assert [(record.key.key, record.key.start, record.value) for record in counts] == [
        ("a", 10, 1),
        ("a", 10, 2),
        ("a", 10, 3),
    ]
