"""Windowed keys: every line recorded from Kafka's serdes, both ways."""

import json
from pathlib import Path

import pytest

from streamz_core import CodecError, Windowed, session, windowed
from streamz_core.codecs.packing import shown

LINES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "fixtures/wire/windowed-keys.jsonl")
    .read_text()
    .splitlines()
]
INNER = {"string": str, "long": int, "bytes": bytes}
# Without a size Kafka's deserializer fails when it is made or at its first key; here there is no such codec.
SIZED = [line for line in LINES if line.get("window_size", 10) is not None]
READ = [line for line in SIZED if line.get("direction") != "write"]
WRITTEN = [line for line in SIZED if line.get("direction") != "read"]


def named(line):
    return line["id"]


def codec(line):
    """The codec of a recorded line."""
    size = f"{line.get('window_size', 10)}ms"
    window = session(0) if line["kind"] == "session-windowed" else size
    return windowed(INNER[line["inner"]], window, changelog=line.get("changelog", False))


def key(line):
    """What Python has for a recorded key."""
    if line["value"] is None:
        return None
    found = line["value"]["key"]
    plain = bytes.fromhex(found) if line["inner"] == "bytes" else found
    return Windowed(plain, *line["value"]["window"])


def data(line):
    """The recorded bytes."""
    return None if line["bytes"] is None else bytes.fromhex(line["bytes"])


@pytest.mark.parametrize("line", WRITTEN, ids=named)
def test_bytes_are_those_that_kafka_writes(line):
    if "error" in line:
        with pytest.raises(CodecError):
            codec(line).encode(key(line))
        return
    assert codec(line).encode_all([key(line)]) == [data(line)]


@pytest.mark.parametrize("line", READ, ids=named)
def test_bytes_are_read_as_kafka_reads_them(line):
    if "error" in line:
        with pytest.raises(CodecError):
            codec(line).decode(data(line))
        return
    assert codec(line).decode_all([data(line)]) == [key(line)]


def test_every_line_is_there():
    assert len(LINES) == 87
    assert [line["id"] for line in LINES if line not in SIZED] == ["time-windowed-48"]
    assert [line["id"] for line in LINES if line not in READ + WRITTEN] == ["time-windowed-48"]


@pytest.mark.parametrize("start, end", [(-1, 9), (-10, 0), (2**63 - 1, 2**63 - 1), (0, 9)])
def test_what_is_no_window_is_not_written(start, end):
    with pytest.raises(CodecError, match=f"{start}-{end} is no window of 10 ms"):
        windowed(str, "10ms").encode(Windowed("a", start, end))


def test_a_start_before_1970_is_told_with_the_bytes_that_say_so():
    with pytest.raises(CodecError, match="no window begins at -1 ms"):
        windowed(str, "10ms").decode(b"a" + b"\xff" * 8)
    with pytest.raises(CodecError, match="no session from -1 to -1"):
        windowed(str, session("5m")).decode(b"a" + b"\xff" * 16)


@pytest.mark.parametrize("line", READ[:3], ids=named)
def test_a_key_in_a_changelog_has_a_number_more(line):
    in_changelog = windowed(INNER[line["inner"]], "10ms", changelog=True)
    written = data(line) + bytes(4)
    assert in_changelog.encode(key(line)) == written, shown(written)
    assert in_changelog.decode(data(line) + b"\0\0\0\7") == key(line)


def test_sessions_are_written_in_changelogs_as_everywhere():
    assert windowed(str, session("5m"), changelog=True) is windowed(str, session("9m"))
