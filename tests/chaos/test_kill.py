"""Workers that are killed and stopped at random lose nothing and double nothing; and the oracle would see it."""

import pytest

from tests.chaos.kill import app as history
from tests.chaos.kill import main
from tests.chaos.kill.app import EMPTY, OUTPUTS, expected, roll, settled


def test_a_short_run_of_kills(capsys):
    """Eight steps, among them a versioned table, late records as a stream, and changes at commits."""
    assert main(["--budget", "4s", "--seed", "11"]) == 0
    told, _, last = capsys.readouterr().out.splitlines()[-3:]
    kills, failed = last.removesuffix(" failed").split(" passed, ")
    assert int(kills) > 0
    assert failed == "0"
    assert told.endswith("lost 0, doubled 0")


def test_every_output_has_its_values():
    found = expected({"a": 12})
    assert {name: sum(map(len, found[name].values())) for name in OUTPUTS} == {
        **dict.fromkeys(OUTPUTS, 12),
        "late-out": 2,
    }
    assert found["was-out"]["a"][:4] == [EMPTY] * history.BACK + [found["by-key-out"]["a"][0]]


@pytest.mark.parametrize(
    "missing", [[], [0], [1, 2], [0, 1]], ids=["none", "the first", "two", "those before"]
)
def test_at_commits_some_are_left_out_but_never_the_last(missing):
    rolls = [EMPTY]
    for n in range(4):
        rolls.append(roll(rolls[-1], history.Event("a", n)))
    wanted = rolls[1:]
    found = [one for at, one in enumerate(wanted) if at not in missing]
    assert settled(wanted, found) == found
    assert settled(wanted, found[:-1]) != found[:-1]
    assert settled(wanted, [*found, found[-1]]) != [*found, found[-1]]
    assert settled(wanted, found[::-1]) != found[::-1]
