"""`streamz groups reset-offsets` and `delete`."""

import json

import pytest


def stands(cli, group):
    rows = map(json.loads, cli("groups", "describe", group, "--json").lines)
    return {row["partition"]: row["current-offset"] for row in rows}


def test_without_execute_it_is_only_said(read):
    done = read("groups", "reset-offsets", "fast", "--to-earliest")
    assert done.lines == [
        "GROUP  TOPIC  PARTITION  CURRENT-OFFSET  NEW-OFFSET",
        "fast   t      0          4               0",
        "fast   t      1          2               0",
    ]
    assert "nothing was changed; to move the group, add --execute" in done.err
    assert stands(read, "fast") == {0: 4, 1: 2}


@pytest.mark.parametrize(
    "options, wanted",
    [
        (["--to-earliest"], {0: 0, 1: 0}),
        (["--to-latest"], {0: 4, 1: 2}),
        (["--to-offset", 1], {0: 1, 1: 1}),
        (["--to-offset", 3], {0: 3, 1: 2}),
        (["--to-datetime", 25], {0: 1, 1: 2}),
        (["--to-datetime", "1970-01-01T00:00:00.006Z"], {0: 0, 1: 1}),
        (["--by-duration", "P1D"], {0: 4, 1: 2}),
        (["--shift-by", -1], {0: 3, 1: 1}),
        (["--to-current"], {0: 4, 1: 2}),
        (["--to-earliest", "--topic", "t:1"], {0: 4, 1: 0}),
        (["--to-earliest", "--topic", "t:0,1"], {0: 0, 1: 0}),
        (["--to-earliest", "--topic", "t"], {0: 0, 1: 0}),
    ],
)
def test_it_goes_on_there(read, options, wanted):
    done = read("groups", "reset-offsets", "fast", *options, "--execute", "--json")
    assert done.code == 0, done.err
    assert stands(read, "fast") == wanted
    assert "group fast goes on there" in done.err


def test_what_is_exported_can_be_read_again(read, tmp_path):
    """Kafka's --export and --from-file: a line for each partition."""
    exported = read("groups", "reset-offsets", "fast", "--to-current", "--export")
    assert exported.lines == ["t,0,4", "t,1,2"]
    read("groups", "reset-offsets", "fast", "--to-earliest", "--execute")
    file = tmp_path / "offsets.csv"
    file.write_text("\n" + exported.out)
    done = read("groups", "reset-offsets", "fast", "--from-file", file, "--execute")
    assert (done.code, stands(read, "fast")) == (0, {0: 4, 1: 2})
    done = read("groups", "reset-offsets", "fast", "--from-file", "-", "--execute", stdin="t,1,9\n")
    assert "t[1] has no offset 9: the nearest is 2" in done.err
    file.write_text("t,0,1\n")
    read("groups", "reset-offsets", "fast", "--from-file", file, "--execute")
    assert stands(read, "fast") == {0: 1, 1: 2}, "the others stay"


@pytest.mark.parametrize(
    "text, why",
    [
        ("t,0,1\nt,0\n", "line 2: 't,0'; write TOPIC,PARTITION,OFFSET"),
        ("t,0,x", "write TOPIC,PARTITION,OFFSET"),
        ("t,0,1\nt,0,2", "line 2: t[0] has an offset already"),
        ("", "no line says"),
        ("t,7,1", "has partitions 0 to 1, not 7"),
        ("u,0,1", "no topic 'u'"),
    ],
)
def test_a_file_that_says_nothing_is_told(read, tmp_path, text, why):
    file = tmp_path / "offsets.csv"
    file.write_text(text)
    done = read("groups", "reset-offsets", "fast", "--from-file", file, "--execute")
    assert done.code == 2
    assert why in done.err
    missing = read("groups", "reset-offsets", "fast", "--from-file", tmp_path / "none")
    assert (missing.code, "No such file" in missing.err) == (2, True)


def test_an_offset_that_is_not_there_is_said(read):
    done = read("groups", "reset-offsets", "fast", "--to-offset", 3)
    assert "t[1] has no offset 3: the nearest is 2" in done.err
    done = read("groups", "reset-offsets", "slow", "--shift-by", -5)
    assert "t[0] has no offset -4: the nearest is 0" in done.err


@pytest.mark.parametrize(
    "options, why",
    [
        ([], "one of the arguments"),
        (["--to-earliest", "--to-latest"], "not allowed with"),
        (["--to-earliest", "--topic", "u"], "no topic 'u'"),
        (["--to-earliest", "--topic", "t:2"], "t has partitions 0 to 1, not 2"),
        (["--to-earliest", "--topic", "t:x"], "write TOPIC, or TOPIC:0,1"),
        (["--to-datetime", "soon"], "'soon' is no time"),
    ],
)
def test_what_is_wrong_is_told(read, options, why):
    done = read("groups", "reset-offsets", "fast", *options)
    assert done.code == 2
    assert why in done.err


def test_a_group_is_forgotten(read):
    done = read("groups", "delete", "slow", "fast")
    assert done.lines == [
        "slow: 1 partitions, 3 offsets behind, empty",
        "fast: 2 partitions, 0 offsets behind, empty",
    ]
    assert "add --execute" in done.err
    assert read("groups", "delete", "slow", "--execute").code == 0
    assert [line.split()[0] for line in read("groups", "list").lines[1:]] == ["fast"]
    assert read("groups", "delete", "slow").code == 2
