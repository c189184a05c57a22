"""Where a group goes on, in words: the same for an app that is reset and a group that is moved."""

import argparse

import pytest

from streamz_core.broker.operating.targets import current, earliest, first, latest
from streamz_core.cli.groups.targets import add_targets, target_of


def said(*words, **options):
    parser = argparse.ArgumentParser()
    add_targets(parser, "at the first", **options)
    return target_of(parser.parse_args(words), 1000, earliest)


def test_what_is_said_is_meant():
    assert said() is earliest
    assert said("--to-earliest") is first
    assert said("--to-latest") is latest
    assert said("--to-current", stay=True) is current


def test_one_of_them_and_where_it_must_be_one():
    for words, options in (
        (["--to-latest", "--to-earliest"], {}),
        (["--to-current"], {}),
        ([], {"required": True}),
    ):
        with pytest.raises(SystemExit):
            said(*words, **options)
