"""`streamz topics`: its verbs as a table, and a sentence for what is wrong."""

import pytest

from streamz_core.cli.topics.verbs import VERBS


def test_every_verb_is_in_the_help(cli):
    told = cli("topics", "--help").out
    for verb in VERBS:
        assert f"\n    {verb.name}" in told
        assert verb.help in " ".join(told.split())


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_says_what_it_takes_and_where_it_works(cli, verb):
    done = cli("topics", verb.name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: streamz topics {verb.name} ")
    assert "--home DIR" in done.out
    assert "--app APP" in done.out


@pytest.mark.parametrize("words,says", [([], "required: VERB"), (["nope"], "invalid choice")])
def test_no_verb_and_one_that_is_none(cli, words, says):
    done = cli("topics", *words)
    assert done.code == 2
    assert says in done.err


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
        (["consume", "there", "-o", "soon"], "beginning, end, N, -N"),
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
