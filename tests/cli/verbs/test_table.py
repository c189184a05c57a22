"""A command of verbs is a table."""

from __future__ import annotations

import argparse

import pytest

from streamz_core.cli.verbs.table import Verb, add_verbs, execute


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="streamz pots")
    table = (
        Verb("boil", "until it is hot", lambda own: own.add_argument("pot"), lambda given: 7),
        Verb("fill", "to the brim", lambda own: None, lambda given: 0),
    )
    add_verbs(found, table)
    return found


def test_a_verb_is_a_row_that_takes_a_place() -> None:
    given = parser().parse_args(["boil", "blue", "--home", "/kitchen"])
    assert (given.pot, given.home) == ("blue", "/kitchen")
    assert execute(given) == 7


@pytest.mark.parametrize("words", [[], ["stir"], ["boil"], ["fill", "--hom", "/kitchen"]])
def test_what_is_no_row_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(words)
