"""`streamz groups` and its verbs."""

from streamz_core.cli.groups.verbs import VERBS


def test_help_names_every_verb(cli):
    done = cli("groups", "--help")
    assert done.code == 0
    assert all(verb.name in done.out for verb in VERBS)


def test_a_verb_is_needed(cli):
    assert cli("groups").code == 2
