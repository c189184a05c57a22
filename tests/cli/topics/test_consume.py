"""Records become lines: from where, how many, of which partition, and what cannot be read."""

import json

import pytest

from tests.cli.terminal import lose_some, send_bytes


@pytest.fixture
def four(cli):
    """A topic of one partition with records 0 to 3."""
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "-T", 5, stdin="0\n1\n2\n3\n")
    return cli


@pytest.mark.parametrize(
    "options,lines",
    [
        ([], "0123"),
        (["-o", "beginning"], "0123"),
        (["-o", "earliest"], "0123"),
        (["-o", 2], "23"),
        (["-o", -1], "3"),
        (["-o", -9], "0123"),
        (["-o", "end"], ""),
        (["-o", "latest"], ""),
        (["-c", 2], "01"),
        (["-o", 1, "-c", 2], "12"),
        (["-c", 0], ""),
    ],
)
def test_from_where_and_how_many(four, options, lines):
    assert four("topics", "consume", "t", "-e", *options).lines == list(lines)


def test_an_offset_that_is_not_there_yet_is_said_and_what_comes_is_shown(four):
    done = four("topics", "consume", "t", "-e", "-o", 9)
    assert (done.code, done.out) == (0, "")
    assert "no offset 9, or none any more: what is shown is t[0] from 4 on" in done.err
    for known in (0, 4, -9, "end", "beginning"):
        assert four("topics", "consume", "t", "-e", "-o", known).err == ""


def test_an_offset_that_is_no_more_is_said(four, tmp_path):
    lose_some(tmp_path / ".streamz", "t", (0, 2))
    done = four("topics", "consume", "t", "-e", "-o", 1)
    assert (done.code, done.lines) == (0, ["2", "3"])
    assert "no offset 1, or none any more: what is shown is t[0] from 2 on" in done.err
    assert four("topics", "consume", "t", "-e").err == ""


def test_a_partition_that_cannot_be_read_keeps_back_none_of_the_others(cli, tmp_path):
    (tmp_path / "app.py").write_text(
        "from streamz_core import App\n"
        "app = App('ints', topic_partitions=3)\n"
        "app.stream('ints', key=str, value=int).foreach(print)\n"
    )
    app, count = ("--app", "app.py"), 1500
    for partition in range(3):
        lines = "".join(f"{n}\n" for n in range(count))
        cli("topics", "produce", "ints", *app, "-p", partition, stdin=lines)
    home = tmp_path / ".streamz"
    for _ in range(2):
        send_bytes(home, "ints", b"junk", partition=1)
    cli("topics", "produce", "ints", *app, "-p", 2, stdin="7\n")
    done = cli("topics", "consume", "ints", *app, "-e", "-f", r"%p %o\n")
    assert done.code == 1
    seen = [tuple(map(int, line.split())) for line in done.lines]
    sizes = {0: count, 1: count, 2: count + 1}
    assert sorted(seen) == [(p, at) for p, size in sizes.items() for at in range(size)]
    assert f"ints[1] was read up to offset {count}, not what follows (2 records): " in done.err
    assert f"at ints[1]@{count}" in done.err
    assert done.err.count("was read up to") == 1
    assert cli("topics", "consume", "ints", *app, "-p", 1, "-o", count).code == 1  # though it waits
    assert cli("topics", "consume", "ints", *app, "-e", "-p", 2).code == 0


def test_keys_and_nulls_are_shown_on_wish(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "-K", ":", "-Z", stdin="x:\nplain\n")
    assert cli("topics", "consume", "t", "-e", "-K", "").code == 2  # keys would run into values
    assert cli("topics", "consume", "t", "-e", "-Z", "-K", r"\t").lines == [
        "x\tNULL",
        "NULL\tplain",
    ]
    assert cli("topics", "consume", "t", "-e").lines == ["", "plain"]


def test_the_whole_record_as_json(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "--key", "fixed", "--value", "é", "-T", 6, "-H", "a=1")
    (told,) = cli("topics", "consume", "t", "-e", "--json").lines
    assert json.loads(told) == {
        "topic": "t",
        "partition": 0,
        "offset": 0,
        "timestamp": 6,
        "headers": [["a", "1"]],
        "key": "fixed",
        "value": "é",
    }


def test_the_same_key_goes_to_one_partition_and_one_can_be_asked_for(cli):
    cli("topics", "create", "t", "--partitions", 4)
    cli("topics", "produce", "t", "-K", ":", stdin="a:1\nb:1\na:2\n")
    shown = cli("topics", "consume", "t", "-e", "-f", r"%p %k\n").lines
    place = {line.split()[1]: line.split()[0] for line in shown}
    assert len(shown) == 3
    assert len(place) == 2
    only = cli("topics", "consume", "t", "-e", "-p", place["a"], "-f", r"%k%s\n").lines
    assert only == ["a1", "a2"]
    assert cli("topics", "consume", "t", "-e", "-o", "end").out == ""


def test_bytes_of_another_codec_say_which_record(cli, typed, tmp_path):
    cli("topics", "produce", "places", *typed, "--value", '{"origin":"JFK"}')
    send_bytes(tmp_path / ".streamz", "places", b"junk")
    done = cli("topics", "consume", "places", *typed, "-e")
    assert done.code == 1
    assert "at places[0]@1" in done.err
    assert cli("topics", "consume", "places", "-e", "-o", 1).out == "junk\n"


CLASSES = """
import datetime
from attrs import frozen
from streamz_core import App

@frozen
class Where:
    city: str
    hour: int

@frozen
class Visit:
    who: str
    at: datetime.datetime | str
    where: Where | None = None

app = App("visits", home="home", durability="process")
visits = app.stream("visits", key=Where, value=Visit)
"""
VISIT = '{"who":"ann","at":"noon","where":{"city":"Rome","hour":5}}'


def test_values_and_keys_of_classes_are_shown_by_name_without_the_app(cli, tmp_path):
    (tmp_path / "classes.py").write_text(CLASSES)
    line = f'{{"city":"Oslo","hour":1}}|{VISIT}\n'
    done = cli("topics", "produce", "visits", "--app", "classes.py", "-K", "|", stdin=line)
    assert done.code == 0, done.err
    (tmp_path / "classes.py").unlink()
    assert cli("topics", "consume", "visits", "--home", "home", "-e", "-K", "|").out == line
    told = json.loads(cli("topics", "consume", "visits", "--home", "home", "-e", "--json").out)
    assert (told["key"], told["value"]) == ({"city": "Oslo", "hour": 1}, json.loads(VISIT))


def test_a_topic_of_other_classes_is_refused_before_its_first_record(cli, tmp_path):
    (tmp_path / "classes.py").write_text(CLASSES)
    line = f'{{"city":"Oslo","hour":1}}|{VISIT}\n'
    cli("topics", "produce", "visits", "--app", "classes.py", "-K", "|", stdin=line)
    (tmp_path / "later.py").write_text(CLASSES.replace("who: str", "whom: str"))
    done = cli("topics", "consume", "visits", "--app", "later.py", "-e")
    assert (done.code, done.out) == (2, "")
    assert "the values of visits: Visit.whom: not written, read as str" in done.err
    assert "@upgrades({'Visit(who: str, at: datetime | str, where: Where | None)'" in done.err
    (tmp_path / "other.py").write_text(
        CLASSES.replace("hour: int", "hour: int\n    zone: str = ''")
    )
    done = cli("topics", "produce", "visits", "--app", "other.py", "-K", "|", stdin=line)
    assert done.code == 2
    assert "the keys of visits: keys written as Where(city: str, hour: int)" in done.err


def test_what_consume_prints_for_null_is_what_produce_reads(cli):
    """Null, nothing and the text NULL stay three things, in keys and in values, however often."""
    for name in ("t", "u"):
        cli("topics", "create", name, "--partitions", 1)
    values = ["NULL", r"\NULL", r"\\NULL", r"\EMPTY", r"\\EMPTY", "EMPTY", "null", "x", r"\x"]
    keyed = "".join(f"{key}:{value}\n" for key in values for value in values)
    assert cli("topics", "produce", "t", "-K", ":", "-Z", stdin=keyed).code == 0
    printed = cli("topics", "consume", "t", "-e", "-Z", "-K", ":").out
    assert printed == keyed
    assert cli("topics", "produce", "u", "-K", ":", "-Z", stdin=printed).code == 0
    t, u = (
        [(json.loads(line)["key"], json.loads(line)["value"]) for line in lines]
        for lines in (cli("topics", "consume", name, "-e", "--json").lines for name in ("t", "u"))
    )
    assert t == u
    told = dict.fromkeys(value for _, value in t)
    assert list(told) == [None, "NULL", r"\NULL", "", r"\EMPTY", "EMPTY", "null", "x", r"\x"]


def test_nothing_is_null_where_that_is_asked_for_as_for_kcat(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "-K", ":", "-Z", stdin="k:\n")
    cli("topics", "produce", "t", "-K", ":", stdin="k:\nk:NULL\n")
    assert cli("topics", "consume", "t", "-e", "-Z").lines == ["NULL", r"\EMPTY", r"\NULL"]


@pytest.mark.parametrize(
    "options,lines",
    [
        (["--from-time", 12], ["b", "c", "d"]),
        (["-o", "s@20"], ["b", "c", "d"]),
        (["--from-time", "1970-01-01T00:00:00.021Z"], ["d"]),
        (["--from-time", 31], []),
        (["--from-time", 0, "-c", 1], ["a"]),
    ],
)
def test_from_a_time_on(cli, options, lines):
    cli("topics", "create", "t", "--partitions", 1)
    for value, stamp in (("a", 10), ("b", 20), ("c", 15), ("d", 30)):
        cli("topics", "produce", "t", "-T", stamp, stdin=f"{value}\n")
    assert cli("topics", "consume", "t", "-e", *options).lines == lines


def test_what_is_no_time_is_told(cli):
    cli("topics", "create", "t")
    for words in (["--from-time", "yesterday"], ["-o", "s@yesterday"]):
        done = cli("topics", "consume", "t", "-e", *words)
        assert done.code == 2
        assert "'yesterday' is no time" in done.err
    assert cli("topics", "consume", "t", "--from-time", 1, "-o", 1).code == 2


@pytest.mark.parametrize(
    "both", [("--json", "-f", "%s"), ("--json", "-K", ":"), ("-f", "%s", "-K", ":")]
)
def test_how_a_record_looks_is_said_once(cli, both):
    done = cli("topics", "consume", "words", "-e", *both)
    assert done.code == 2
    assert "not allowed with argument" in done.err
