"""`streamz topics`: what it makes, lists, writes and reads."""

import json

import pytest


def test_create_list_and_describe(cli):
    made = cli("topics", "create", "b", "--partitions", 2)
    assert made.code == 0
    assert made.out == ""
    assert "created topic b with 2 partitions" in made.err
    cli("topics", "create", "a", "--partitions", 1, "--cleanup", "compact")
    cli("topics", "produce", "b", stdin="x\ny\nz\n")
    assert cli("topics", "list").lines == [
        "TOPIC  PARTITIONS  RECORDS  CLEANUP",
        "a      1           0        compact",
        "b      2           3        delete",
    ]
    listed = [json.loads(line) for line in cli("topics", "list", "--json").lines]
    assert listed[1] == {"topic": "b", "partitions": 2, "records": 3, "cleanup": "delete"}
    described = [json.loads(line) for line in cli("topics", "describe", "b", "--json").lines]
    assert [row["partition"] for row in described] == [0, 1]
    assert sum(row["end"] for row in described) == 3


@pytest.mark.parametrize(
    "words,says",
    [
        (["create", "a/b"], "'a/b' is no topic name"),
        (["create", "x", "--partitions", 0], "1 to 10000 are possible"),
        (["create", "there"], "exists already"),
        (["describe", "nope"], "there is no topic 'nope'"),
        (["produce", "nope"], "streamz topics create nope"),
        (["consume", "nope"], "(topics: there)"),
        (["consume", "there", "-p", 9], "partitions 0 to 0"),
        (["consume", "there", "-o", "soon"], "beginning, end, N, or -N"),
        (["consume", "there", "-f", "%q"], "%q is unknown"),
        (["produce", "there", "-H", "x"], "-H name=text"),
        (["produce", "there", "-p", 7], "not 7"),
    ],
)
def test_what_is_wrong_is_one_sentence(cli, words, says):
    cli("topics", "create", "there", "--partitions", 1)
    done = cli("topics", *words, stdin="a\n")
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("streamz: ")
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_lines_go_in_and_come_out(cli):
    cli("topics", "create", "t", "--partitions", 1)
    done = cli("topics", "produce", "t", stdin="one\n\ntwo")
    assert "3 records written to t" in done.err
    assert cli("topics", "consume", "t", "-e").out == "one\n\ntwo\n"


def test_keys_nulls_headers_and_times(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "-K", ":", "-Z", "-T", 5, "-H", "a=1", stdin="k:v:w\nx:\nplain\n")
    cli("topics", "produce", "t", "--key", "fixed", "--value", "one", "-T", 6)
    shown = cli("topics", "consume", "t", "-e", "-f", r"%t/%p@%o %T %k=%s [%h] %K,%S %%\n")
    assert shown.lines == [
        "t/0@0 5 k=v:w [a=1] 1,3 %",
        "t/0@1 5 x= [a=1] 1,-1 %",
        "t/0@2 5 =plain [a=1] -1,5 %",
        "t/0@3 6 fixed=one [] 5,3 %",
    ]
    assert cli("topics", "consume", "t", "-e", "-Z", "-K", r"\t", "-o", 1, "-c", 2).lines == [
        "x\tNULL",
        "NULL\tplain",
    ]
    last = json.loads(cli("topics", "consume", "t", "-e", "--json", "-o", "-1").out)
    assert last == {
        "topic": "t",
        "partition": 0,
        "offset": 3,
        "timestamp": 6,
        "headers": [],
        "key": "fixed",
        "value": "one",
    }


def test_the_same_key_goes_to_one_partition_and_one_can_be_asked_for(cli):
    cli("topics", "create", "t", "--partitions", 4)
    cli("topics", "produce", "t", "-K", ":", stdin="a:1\nb:1\na:2\n")
    shown = cli("topics", "consume", "t", "-e", "-f", r"%p %k\n").lines
    place = {line.split()[1]: line.split()[0] for line in shown}
    assert len(shown) == 3
    assert len(place) == 2
    only = cli("topics", "consume", "t", "-e", "-p", place["a"], "-f", r"%k%s\n").lines
    assert [line for line in only if line.startswith("a")] == ["a1", "a2"]
    assert cli("topics", "consume", "t", "-e", "-o", "end").out == ""


def test_bytes_that_are_no_text_come_out_as_they_are(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", "--value", "é")
    assert json.loads(cli("topics", "consume", "t", "-e", "--json").out)["value"] == "é"


TYPED = """
from attrs import frozen
from streamz_core import App

@frozen
class Place:
    origin: str
    raw: bytes = b""

app = App("typed", topic_partitions=1)
places = app.stream("places", key=int, value=Place)
"""


def test_with_an_app_its_codecs_write_and_read(cli, tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    place = ("--app", "typed.py")
    line = '{"origin":"JFK","raw":{"base64":"/w=="}}'
    done = cli("topics", "produce", "places", *place, "-K", "|", stdin=f"-3|{line}\n")
    assert done.code == 0, done.err
    assert cli("topics", "consume", "places", *place, "-e", "-K", "|").out == f"-3|{line}\n"
    told = json.loads(cli("topics", "consume", "places", *place, "-e", "--json").out)
    assert (told["key"], told["value"]["origin"]) == (-3, "JFK")


def test_a_line_that_the_codec_refuses_says_where_and_what_was_written(cli, tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    lines = '1|{"origin":"JFK"}\n2|{"place":"EWR"}\n'
    done = cli("topics", "produce", "places", "--app", "typed.py", "-K", "|", stdin=lines)
    assert done.code == 1
    assert "Place has no field place" in done.err
    assert "at line 2; those before it were written" in done.err
    count = cli("topics", "consume", "places", "--app", "typed.py", "-e", "-f", "%k\n").out
    assert count.strip() == "1"


def test_bytes_of_another_codec_say_which_record(cli, tmp_path):
    (tmp_path / "typed.py").write_text(TYPED)
    cli("topics", "produce", "places", "--app", "typed.py", "--value", '{"origin":"JFK"}')
    cli("topics", "produce", "places", "--home", ".streamz", "--value", "junk")
    done = cli("topics", "consume", "places", "--app", "typed.py", "-e")
    assert done.code == 1
    assert "at places[0]@1" in done.err
    assert cli("topics", "consume", "places", "-e", "-o", 1).out == "junk\n"
