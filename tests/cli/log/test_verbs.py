"""`streamz log` and its verbs."""

from streamz_core.cli.log.verbs import VERBS


def test_help_names_every_verb(cli):
    done = cli("log", "--help")
    assert done.code == 0
    assert all(verb.name in done.out and verb.help.split(",")[0] in done.out for verb in VERBS)


def test_a_verb_is_needed(cli):
    assert cli("log").code == 2
