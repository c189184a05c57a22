"""Lines become records: keys, nulls, headers, times, and what a codec refuses."""

import json

import pytest

from streamz_core.cli.topics.produce import Format
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.errors import CodecError


def form(key=BYTES, value=BYTES, *, delimiter=None, fixed=None, null=False):
    return Format(key, value, delimiter, fixed, null)


@pytest.mark.parametrize(
    "given,line,record",
    [
        (form(), b"k:v", (None, b"k:v")),
        (form(delimiter=b":"), b"k:v:w", (b"k", b"v:w")),
        (form(delimiter=b":"), b"plain", (None, b"plain")),
        (form(delimiter=b":"), b":v", (b"", b"v")),
        (form(delimiter=b":", null=True), b":", (None, None)),
        (form(fixed=b"f"), b"v", (b"f", b"v")),
        (form(fixed=b"f", delimiter=b":"), b"k:v", (b"k", b"v")),
        (form(INT, STR, delimiter=b"||"), "-3||é".encode(), (-3, "é")),
    ],
)
def test_a_line_as_key_and_value(given, line, record):
    assert given.record(line) == record


def test_what_is_no_text_is_refused_where_text_is_wanted():
    with pytest.raises(CodecError, match="is not UTF-8"):
        form(value=STR).record(b"\xff")


def test_lines_go_in_and_come_out(cli):
    cli("topics", "create", "t", "--partitions", 1)
    done = cli("topics", "produce", "t", stdin="one\n\ntwo")
    assert "3 records written to t" in done.err
    assert cli("topics", "consume", "t", "-e").out == "one\n\ntwo\n"


def test_keys_nulls_headers_and_times(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "-K", ":", "-Z", "-T", 5, "-H", "a=1", stdin="k:v:w\nx:\nplain\n")
    done = cli("topics", "produce", "t", "--key", "fixed", "--value", "one", "-T", 6)
    assert "1 record written to t" in done.err
    shown = cli("topics", "consume", "t", "-e", "-f", r"%t/%p@%o %T %k=%s [%h] %K,%S %%\n")
    assert shown.lines == [
        "t/0@0 5 k=v:w [a=1] 1,3 %",
        "t/0@1 5 x= [a=1] 1,-1 %",
        "t/0@2 5 =plain [a=1] -1,5 %",
        "t/0@3 6 fixed=one [] 5,3 %",
    ]


def test_with_an_app_its_codecs_write_and_read(cli, typed):
    line = '{"origin":"JFK","raw":{"base64":"/w=="}}'
    done = cli("topics", "produce", "places", *typed, "-K", "|", stdin=f"-3|{line}\n")
    assert done.code == 0, done.err
    assert cli("topics", "consume", "places", *typed, "-e", "-K", "|").out == f"-3|{line}\n"
    told = json.loads(cli("topics", "consume", "places", *typed, "-e", "--json").out)
    assert (told["key"], told["value"]["origin"]) == (-3, "JFK")


def test_a_topic_that_is_missing_is_made_as_the_first_worker_would(cli, typed):
    cli("topics", "produce", "places", *typed, "--value", '{"origin":"JFK"}')
    assert cli("topics", "list").lines[1].split() == ["places", "1", "1", "delete"]
    done = cli("topics", "produce", "nobodys", *typed, "--value", "x")
    assert done.code == 2
    assert "there is no topic 'nobodys'" in done.err


def test_a_line_that_the_codec_refuses_says_where_and_what_was_written(cli, typed):
    lines = '1|{"origin":"JFK"}\n2|{"place":"EWR"}\n'
    done = cli("topics", "produce", "places", *typed, "-K", "|", stdin=lines)
    assert done.code == 1
    assert "Place.origin is not there and has no default" in done.err
    assert "at line 2; those before it were written" in done.err
    count = cli("topics", "consume", "places", *typed, "-e", "-f", "%k\n").out
    assert count.strip() == "1"
