"""Who is to blame for a failure, and what becomes of the record."""

from __future__ import annotations

from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.codecs.annotation import key_codec_for
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.config import Config, make_config
from streamz_core.env.memory import MemoryEnv
from streamz_core.errors import CodecError, Corrupt, Fenced, Misuse, StorageFull, TooLarge
from streamz_core.metrics import Metrics
from streamz_core.record import Batch
from streamz_core.runtime.task.failing import (
    SEVERAL,
    Handler,
    handler_for,
    of_a_record,
    place_note,
    readable,
)
from streamz_core.runtime.task.queue import Queue
from streamz_state import StateCorrupt

CONTINUE = {"processing_exception_handler": "continue"}


def handler(**settings: str) -> Handler:
    app = App("a")
    app.stream("in", key=str, value=str).map_values(str.upper, name="loud").to("out")
    job = app.job(settings, MemoryEnv())
    writers = job.plan.writers(job.subs["in"])
    return Handler("in/3", job.programs["in"], writers, make_config(settings), Metrics())


def queue(key: bytes | None = b"k") -> Queue:
    """The records 40 and 41 of in[3], read ahead."""
    found = Queue("in", 3, None, None)  # type: ignore[arg-type]
    found._load(Batch(40, [key, key], [b"v", b"v"], [0, 0]))
    return found


def undecodable() -> CodecError:
    error = CodecError("no UTF-8")
    error.side = "value"
    return error


@pytest.mark.parametrize("error", [ValueError(), CodecError(), Misuse(), TooLarge()])
def test_a_record_can_be_at_fault(error: Exception) -> None:
    assert of_a_record(error)


@pytest.mark.parametrize("error", [StorageFull(), Fenced(), Corrupt(), StateCorrupt("")])
def test_no_record_is_to_blame_for_the_world(error: Exception) -> None:
    assert not of_a_record(error)
    with pytest.raises(type(error)) as raised:
        handler(**CONTINUE).decide(error, queue(), 0)
    assert not hasattr(raised.value, "__notes__")


def test_a_failure_is_raised_with_its_place_and_the_way_out() -> None:
    with pytest.raises(ValueError, match="oh") as raised:
        handler().decide(ValueError("oh"), queue(), 1)
    place, way_out = raised.value.__notes__
    assert place == "at in[3]@41 key='k' task=in/3"
    assert way_out.endswith("set processing.exception.handler=continue to skip such records")


@pytest.mark.parametrize(
    "codec, key, shown",
    [
        (INT, INT.encode(7), "7"),
        (
            key_codec_for(tuple[str, int]),
            key_codec_for(tuple[str, int]).encode(("a", 1)),
            "('a', 1)",
        ),
        (INT, b"short", "'short'"),
        (INT, b"\xff", "b'\\xff'"),
        (INT, None, "null"),
        (BYTES, b"text", "'text'"),
        (STR, b"x" * 500, "'" + "x" * 199),
        (None, b"\xff", "b'\\xff'"),
    ],
)
def test_a_key_is_shown_as_its_codec_reads_it(codec: Any, key: bytes | None, shown: str) -> None:
    assert readable(key, codec) == shown


def test_the_key_of_a_record_that_fails_is_shown_as_the_topic_has_it() -> None:
    app = App("typed")
    app.stream("in", key=int, value=str).map_values(str.upper, name="loud").to("out")
    program = app.job().programs["in"]
    assert program.key_of("in") is INT
    assert program.key_of("out") is None


def test_the_step_is_named_that_called_what_failed() -> None:
    one = handler()
    namespace: dict[str, Any] = {}
    line = next(n for n in range(1, 200) if one.program.node_at(n) == "loud")
    code = "\n" * (line - 1) + "1 / 0"
    try:
        exec(compile(code, one.program.filename, "exec"), namespace)
    except ZeroDivisionError as error:
        failure = error
    with pytest.raises(ZeroDivisionError) as raised:
        one.decide(failure, queue(), 0)
    assert raised.value.__notes__[0] == "at in[3]@40 key='k' node=loud task=in/3"


def test_a_function_of_several_results_that_returns_one_is_told_what_to_do() -> None:
    app = App("a")
    app.stream("in", key=str, value=int).flat_map_values(lambda v: v, name="m", value=int).to("out")  # type: ignore[arg-type,return-value]
    with (
        app.test() as t,
        pytest.raises(TypeError, match="'int' object is not iterable") as raised,
    ):
        t.topic("in").send("k", 1)
    assert raised.value.__notes__[1] == SEVERAL


def test_what_is_not_iterable_inside_a_function_is_its_own_affair() -> None:
    def wrong(value: int) -> list[int]:
        return list(value)  # type: ignore[call-overload,no-any-return]

    app = App("a")
    app.stream("in", key=str, value=int).flat_map_values(wrong).to("out")
    with app.test() as t, pytest.raises(TypeError) as raised:
        t.topic("in").send("k", 1)
    assert SEVERAL not in raised.value.__notes__


@pytest.mark.parametrize("topic, node", [("out", " node=loud.to"), ("", ""), ("other", "")])
def test_the_step_is_named_whose_result_cannot_be_written(topic: str, node: str) -> None:
    error = TooLarge("1 record")
    error.topic = topic
    with pytest.raises(TooLarge) as raised:
        handler().decide(error, queue(), 0)
    assert raised.value.__notes__[0] == f"at in[3]@40 key='k'{node} task=in/3"


def test_a_record_that_is_skipped_is_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    one = handler(**CONTINUE)
    one.decide(ValueError("oh"), queue(), 0)
    assert dict(one.metrics.dropped) == {("error", "in"): 1}
    assert "skipped a record: ValueError: oh at in[3]@40 key='k' task=in/3" in caplog.text


def test_bytes_that_cannot_be_decoded_have_a_setting_of_their_own() -> None:
    config = Config(deserialization_exception_handler="continue")
    assert handler_for(undecodable(), config) == ("deserialization.exception.handler", "continue")
    for error in (ValueError(), CodecError()):
        assert handler_for(error, config) == ("processing.exception.handler", "fail")


@pytest.mark.parametrize("key, shown", [(None, "null"), (b"a'b", '"a\'b"'), (b"\xff", "b'\\xff'")])
def test_keys_are_shown_so_that_one_can_read_them(key: bytes | None, shown: str) -> None:
    assert place_note(f"t[0]@1 key={readable(key)}", "", "s/0") == f"at t[0]@1 key={shown} task=s/0"


def test_a_skip_is_told_once_though_it_is_undone_and_done_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deciding = handler(**CONTINUE)
    for row in (0, 0, 1, 0):
        deciding.decide(ValueError("bad"), queue(), row)
    places = [record.getMessage().split(" at ")[1] for record in caplog.records]
    assert [place.split()[0] for place in places] == ["in[3]@40", "in[3]@41"]
