"""`streamz backup`: take and restore, by hand."""

import pytest


@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_home_is_restored_from_a_backup(cli, name):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", stdin="a\nb\n")
    done = cli("backup", "take", name)
    assert (done.code, done.out) == (0, "")
    assert f"{name} holds " in done.err
    cli("topics", "produce", "t", stdin="c\n")
    done = cli("backup", "restore", name, "--home", "other")
    assert done.code == 0, done.err
    assert "every byte of which was checked" in done.err
    assert cli("topics", "consume", "t", "--home", "other", "-e").lines == ["a", "b"]
    assert cli("log", "check", "--home", "other").code == 0


def test_a_home_that_has_a_log_is_left_alone(cli):
    cli("topics", "create", "t")
    cli("backup", "take", "copy")
    done = cli("backup", "restore", "copy")
    assert done.code == 2
    assert "exists" in done.err
    assert cli("backup", "take", "copy").code == 2
    assert cli("backup", "restore", "none", "--home", "other").code == 2
