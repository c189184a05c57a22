"""`streamz log level`: what an acknowledgement means from now on."""


def test_a_log_gets_another_level_and_keeps_its_records(cli):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", stdin="a\n")
    done = cli("log", "level", "process")
    assert done.code == 0, done.err
    assert "has the durability level process" in done.err
    assert "level      process" in cli("log", "info").lines
    cli("topics", "produce", "t", stdin="b\n")
    assert cli("topics", "consume", "t", "-e").lines == ["a", "b"]
    assert "had the durability level process" in cli("log", "level", "process").err
    assert cli("log", "level", "power").code == 0
    assert cli("topics", "consume", "t", "-e").lines == ["a", "b"]


def test_there_are_two_levels(cli):
    assert cli("log", "level", "safe").code == 2
