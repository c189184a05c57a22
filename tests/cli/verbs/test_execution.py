"""What destroys something says what it would do, until it is told to do it."""

import argparse

import pytest

from streamz_core.cli.verbs.execution import add_execute, told


@pytest.mark.parametrize(
    "words, says",
    [
        ([], "streamz: nothing was changed; to lose it, add --execute\n"),
        (["--execute"], "streamz: lost it\n"),
    ],
)
def test_it_says_which_of_both_it_was(words, says, capsys):
    parser = argparse.ArgumentParser()
    add_execute(parser)
    assert told(parser.parse_args(words), "lost it", "to lose it") == 0
    assert capsys.readouterr().err == says
