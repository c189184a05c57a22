"""Kafka's faces over the topics of a test: an input with a time of its own, an output that is read once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from streamz_core import CodecError, Misuse, Record, TopologyError, UnknownTopic
from streamz_core.app import App


def upper(**settings: Any) -> App:
    """in -> out, in capitals."""
    app = App("app", **settings)
    app.stream("in", key=str, value=str).map_values(str.upper, value=str).to("out")
    return app


def test_what_is_piped_comes_out_record_by_record() -> None:
    with upper().test() as t:
        words, out = t.input_topic("in", start=5), t.output_topic("out")
        assert out.is_empty
        words.pipe_input("a", "x")
        words.pipe_input("y")
        words.pipe_input("b", "z", timestamp=9, headers={"h": b"1"})
        assert (out.is_empty, out.queue_size) == (False, 3)
        assert out.read_key_value() == ("a", "X")
        assert out.read_value() == "Y"
        assert out.read_record() == Record("b", "Z", 9, (("h", b"1"),))
        assert (out.is_empty, out.queue_size) == (True, 0)


def test_a_record_is_piped_as_it_is() -> None:
    with upper().test() as t:
        words, out = t.input_topic("in", start=5, advance="1ms"), t.output_topic("out")
        words.pipe_input(Record("a", "x", 7, (("h", None),)))
        words.pipe_record_list([Record("b", "y", 3), Record("c", "z", 4)])
        words.pipe_input("d", "w")
        assert out.read_records_to_list() == [
            Record("a", "X", 7, (("h", None),)),
            Record("b", "Y", 3),
            Record("c", "Z", 4),
            Record("d", "W", 5),
        ]


def test_the_time_of_an_input_is_its_own_and_goes_on_by_itself() -> None:
    with upper().test() as t:
        t.advance(100)
        now = t.input_topic("in")
        t.advance(100)
        now.pipe_input("still that of its beginning")
        going = t.input_topic("in", start=datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), advance="10ms")
        going.pipe_input("first")
        going.pipe_input("said", timestamp=3)
        going.advance_time("1s")
        going.pipe_key_value_list([("a", "second"), ("a", "third")])
        going.pipe_value_list(["of its own", "of its own"], start=50, advance="5ms")
        going.pipe_input("fourth")
        times = [record.timestamp for record in t.output_topic("out").read_records_to_list()]
        assert times == [100, 1000, 3, 2010, 2020, 50, 55, 2030]
        assert t.now_ms == 200


def test_an_output_is_read_to_lists_and_to_a_map() -> None:
    with upper().test() as t:
        words, out, other = t.input_topic("in"), t.output_topic("out"), t.output_topic("out")
        words.pipe_key_value_list([("a", "x"), ("b", "y"), ("a", "z")])
        assert out.read_key_values_to_map() == {"a": "Z", "b": "Y"}
        words.pipe_key_value_list([("c", "v")])
        assert out.read_key_values_to_list() == [("c", "V")]
        assert out.read_values_to_list() == out.read_records_to_list() == []
        assert other.read_values_to_list() == ["X", "Y", "Z", "V"], "each reads for itself"


def test_what_has_no_key_is_in_no_map_and_stays() -> None:
    with upper().test() as t:
        t.input_topic("in").pipe_value_list(["x"])
        out = t.output_topic("out")
        with pytest.raises(Misuse, match=r"out has no key: read_key_values_to_list\(\)"):
            out.read_key_values_to_map()
        assert out.read_key_values_to_list() == [(None, "X")]


def test_who_reads_too_much_is_told_how_much_there_was() -> None:
    with upper().test() as t:
        t.input_topic("in").pipe_input("x")
        out = t.output_topic("out")
        out.read_value()
        with pytest.raises(
            Misuse, match=r"topic out has no record that was not read yet \(1 were\)"
        ):
            out.read_value()


def test_several_partitions_and_a_crash_lose_nothing_of_an_output() -> None:
    with upper().test(partitions=3) as t:
        words, out = t.input_topic("in"), t.output_topic("out")
        words.pipe_key_value_list([(f"k{n}", "x") for n in range(9)])
        assert out.queue_size == 9
        t.crash()
        t.restart()
        words.pipe_key_value_list([(f"k{n}", "y") for n in range(9)])
        assert out.read_key_values_to_map() == {f"k{n}": "Y" for n in range(9)}


def test_types_are_the_apps_or_those_that_are_said() -> None:
    app = App("app")
    numbers = app.topic("numbers", key=str, value=int)
    app.stream(numbers).map_values(str, value=str).to(lambda value: "chosen")
    app.topic("chosen")
    with app.test() as t:
        t.input_topic(numbers).pipe_input("a", 7)
        assert t.output_topic("numbers").read_key_value() == ("a", 7)
        assert t.output_topic("chosen").read_value() == "7"
        assert t.output_topic("chosen", key=bytes, value=bytes).read_key_value() == (b"a", b"7")
        with pytest.raises(CodecError):
            t.input_topic("numbers").pipe_input("a", "seven")
        with pytest.raises(Misuse, match="numbers"):
            t.input_topic("numbers", value=str).pipe_input("a", "seven")


def test_what_makes_no_sense_is_refused() -> None:
    with upper().test() as t:
        words = t.input_topic("in")
        with pytest.raises(TopologyError, match="advance="):
            t.input_topic("in", advance="soon")
        with pytest.raises(TopologyError, match="start="):
            t.input_topic("in", start=-1)
        with pytest.raises(TopologyError, match="cannot be negative"):
            words.advance_time("-1s")
        with pytest.raises(Misuse, match="counts from start="):
            words.pipe_value_list(["x"], advance="1s")
        with pytest.raises(UnknownTopic):
            t.output_topic("nowhere").read_value()
        assert t.output_topic("out").is_empty
