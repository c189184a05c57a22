"""process and process_values: functions of whole records."""

import pytest

from streamz_core.codecs.plain import INT, STR
from streamz_core.errors import Misuse
from streamz_core.record import Record
from streamz_core.topology import nodes as n
from tests.compiler.harness import row, run, task_of
from tests.topology.graphs import Shop


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


def test_process_values_must_keep_the_key():
    def move(record, context):
        yield record.with_key("b")

    with pytest.raises(Misuse, match="process_values keeps it"):
        task_of(processing(move, kind=n.ProcessValues)).run("in", [row("a", 1)])


def process_once(fn):
    task_of(processing(fn)).run("in", [row("a", 1, 5, (("h", b"1"),))])


@pytest.mark.parametrize(
    "time, error, told",
    [
        (-1, Misuse, "negative: -1"),
        (2**63, Misuse, "8 bytes: 9223372036854775808"),
        (1.5, TypeError, "is 1.5; it has to be ms since 1970, UTC, as an int; int"),
        (True, TypeError, "is True"),
        (None, TypeError, "is None"),
    ],
)
def test_a_timestamp_that_could_not_be_written_is_refused(time, error, told):
    with pytest.raises(error, match=told):
        process_once(lambda record, context: [record.with_timestamp(time)])


@pytest.mark.parametrize("made", [{"h": 1}, [("h",)], "h", 5, [(b"h", b"1")]])
def test_headers_that_could_not_be_written_are_refused(made):
    with pytest.raises(TypeError, match="header"):
        process_once(lambda record, context: [Record("a", 1, 5, made)])


def test_headers_may_be_a_dict_and_text():
    task = task_of(processing(lambda record, _: [record.with_headers({"t": "\u00e4", "n": None})]))
    task.run("in", [row("a", 1)])
    ((*_, headers),) = task.commit()["out"]
    assert headers == (("t", b"\xc3\xa4"), ("n", None))


@pytest.mark.parametrize("made", [1, "b", ("a", 1), None, {"value": 1}])
def test_what_is_no_record_is_refused_with_the_name_of_the_step(made):
    def give(record, context):
        yield made

    with pytest.raises(
        TypeError, match=r"^fn gives .*, which is no Record: yield record.with_value"
    ):
        process_once(give)


def test_what_came_with_the_record_is_not_looked_at_again():
    came = (("h", 5),)  # no log has such headers: they would be refused
    task = task_of(processing(lambda record, context: [record.with_value(2)]))
    task.run("in", [row("a", 1, 5, came)])
    ((*_, headers),) = task.commit()["out"]
    assert headers is came


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
