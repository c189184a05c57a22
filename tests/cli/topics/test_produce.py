"""Lines become records: keys, nulls, headers, times, and what a codec refuses."""

import errno
import json
import re

import pytest

from streamz_core.broker.embedded import Broker
from streamz_core.broker.producer import Producer
from streamz_core.cli.loading import load_app
from streamz_core.cli.topics.produce import Format
from streamz_core.codecs.plain import BYTES, INT, STR
from streamz_core.config import Config
from streamz_core.env.descriptors import RealFile
from streamz_core.env.real import RealEnv
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


def test_before_a_first_line_that_is_bad_nothing_was_written(cli, typed):
    done = cli("topics", "produce", "places", *typed, stdin="junk\n")
    assert done.code == 1
    assert "at line 1; nothing was written (--skip-bad leaves such lines out)" in done.err


def test_an_internal_topic_is_refused_before_its_lines_are_looked_at(cli, words):
    assert cli("worker", "app.py", "--quiet", "--until", "end").code == 0
    for where in (["--home", ".streamz"], ["--app", "app.py"]):
        done = cli("topics", "produce", "words-counts-changelog", *where, stdin="no int\n")
        assert done.code == 2
        assert "is an internal topic of the app words" in done.err


# ---- what was written is told exactly


def written(cli, typed):
    done = cli("topics", "consume", "places", *typed, "-e", "-f", r"%k\n")
    assert done.code == 0, done.err
    return [int(line) for line in done.lines]


def place(number, size=3):
    return f'{number}|{{"origin":"{"x" * size}"}}\n'


BAD = {
    "no JSON": "7|{\n",
    "no field": "7|{}\n",
    "a key that is none": 'seven|{"origin":"x"}\n',
    "a record that is too large": place(7, 2 << 20),
    "bytes that are no text": "7|\udcff\n",
    "a line without end": "7|" + "x" * (20 << 20) + "\n",
}


@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("skip", [False, True])
def test_a_bad_line_is_named_or_left_out(cli, typed, what, skip):
    text = place(1) + place(2) + BAD[what] + place(4)
    options = ["--skip-bad"] if skip else []
    done = cli("topics", "produce", "places", *typed, "-K", "|", *options, stdin=text)
    if skip:
        assert done.code == 0, done.err
        assert "line 3 is left out: " in done.err
        assert done.err.endswith("3 records written to places\nstreamz: 1 record left out\n")
        assert written(cli, typed) == [1, 2, 4]
    else:
        assert done.code in (1, 2)
        assert (
            "at line 3; those before it were written: mend it, and begin with it next time"
            in done.err
        )
        assert "key b'" not in done.err, "keys are shown as they were given"
        assert written(cli, typed) == [1, 2]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_is_full_half_way(cli, typed, monkeypatch, error):
    """Each read of a MiB is a commit; the third does not fit any more."""
    assert cli("topics", "create", "places", *typed, "--partitions", 1).code == 0
    real, room = RealFile.append, [int(2.5 * (1 << 20))]

    def append(self, data):
        if len(data) > room[0]:
            raise OSError(error, "there is no room")
        room[0] -= len(data) if len(data) > 4096 else 0
        return real(self, data)

    text = "".join(place(number, 990) for number in range(5000))
    with monkeypatch.context() as full:
        full.setattr(RealFile, "append", append)
        done = cli("topics", "produce", "places", *typed, "-K", "|", stdin=text)
    assert done.code == 1
    assert "there is no room. Nothing of this commit was written" in done.err
    count = int(re.search(r"lines 1 to (\d+) were written; the others were not", done.err)[1])
    assert 1000 < count < 4000
    assert written(cli, typed) == list(range(count))
    rest = text.splitlines(keepends=True)[count:]
    assert cli("topics", "produce", "places", *typed, "-K", "|", stdin="".join(rest)).code == 0
    assert written(cli, typed) == list(range(5000))


def test_a_key_of_each_line_and_one_of_all_exclude_each_other(cli):
    done = cli("topics", "produce", "t", "-K", ":", "--key", "z", stdin="k:1\n")
    assert done.code == 2
    assert "not allowed with" in done.err


UNTYPED = """
from streamz_core import App

app = App("untyped", durability="process")
app.topic("numbers")
app.stream("lines").to("out")
"""


@pytest.mark.parametrize("topic", ["numbers", "lines", "unnamed"])
def test_a_topic_without_types_is_written_as_by_a_producer_of_the_app(cli, tmp_path, topic):
    """As ints, where that was told and the app does not name it; as bytes where it names it and says nothing."""
    (tmp_path / "app.py").write_text(UNTYPED)
    home = str(tmp_path / ".streamz")
    with Broker(RealEnv(), home, Config(durability="process")) as broker:
        broker.backend.create_topic(topic, 1, {})
        with Producer(broker, key=INT, value=INT) as producer:
            producer.send(topic, 1)
    done = cli("topics", "produce", topic, "--app", "app.py", "--value", "7")
    assert done.code == 0, done.err
    app = load_app(str(tmp_path / "app.py"))
    with app.producer(topic) as producer:
        producer.send(topic, 7 if topic == "unnamed" else b"7")
    with Broker(RealEnv(), home, Config(durability="process")) as broker:
        broker.backend.watch([topic])
        batches = broker.backend.fetch(topic, 0, 0, bytes_max=1 << 20)
    _, by_line, by_program = (value for batch in batches for value in batch.values)
    assert by_line == by_program == (INT.encode(7) if topic == "unnamed" else b"7")
