"""Deleting topics and records at the command line."""

import pytest


@pytest.fixture
def filled(cli, words):
    assert cli("topics", "create", "t", "--partitions", 2).code == 0
    assert cli("topics", "produce", "t", "-p", 0, stdin="a\nb\nc\n").code == 0
    return cli


def test_without_execute_nothing_is_deleted(filled):
    done = filled("topics", "delete", "t")
    assert (done.code, done.out) == (0, "t: 2 partitions, 3 records\n")
    assert "nothing was changed; to delete the topic, add --execute" in done.err
    done = filled("topics", "delete-records", "t", "0:2", "1:-1")
    assert (done.code, done.lines) == (0, ["t[0]: offsets 0 to 2", "t[1]: offsets 0 to 0"])
    assert filled("topics", "consume", "t", "-e").lines == ["a", "b", "c"]


def test_the_oldest_records_go(filled):
    assert filled("topics", "delete-records", "t", "0:2", "--execute").code == 0
    assert filled("topics", "consume", "t", "-e").lines == ["c"]
    assert filled("topics", "delete-records", "t", "0:-1", "1:-1", "--execute").code == 0
    assert filled("topics", "consume", "t", "-e").lines == []


def test_a_topic_goes_and_its_name_is_free(filled):
    assert filled("topics", "delete", "t", "--execute").code == 0
    assert filled("topics", "delete", "t").code != 0
    assert filled("topics", "create", "t").code == 0
    assert filled("topics", "consume", "t", "-e").lines == []


@pytest.mark.parametrize(
    "word, code, why",
    [
        ("0", 2, "write PARTITION:OFFSET"),
        ("0:x", 2, "write PARTITION:OFFSET"),
        ("2:0", 2, "has partitions 0 to 1, not 2"),
        ("0:4", 1, "has the offsets 0 to 3, not 4"),
    ],
)
def test_what_there_is_not_is_refused(filled, word, code, why):
    done = filled("topics", "delete-records", "t", word, "--execute")
    assert done.code == code
    assert why in done.err
