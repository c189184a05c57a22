"""Nothing through the public face damages a log: 10,000 wrong and right steps, threads, interrupts.

`./dev chaos face --budget 2h` goes on with other seeds.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.face import STEPS, finding
from tests.chaos.face_world import MAIN, World
from tests.cli.terminal import streamz

# Producers are forgotten, which warns, and interrupts come in the middle of finalizers.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WORLDS = 20
STEPS_IN_CI = 10_000


@pytest.mark.parametrize("seed", range(WORLDS))
def test_every_outcome_is_documented_or_right(seed: int) -> None:
    assert WORLDS * STEPS == STEPS_IN_CI
    assert finding(seed) is None, f"./dev chaos face --seed {seed} --budget 0"


def test_the_command_line_reads_every_topic_to_its_end_afterwards(tmp_path: Path) -> None:
    world = World(77, str(tmp_path))
    world.play(STEPS)
    # Which steps come in one world depends on how its threads meet; in a few worlds they all come.
    wanted = {step.__name__ for step in MAIN} | {"closes", "discards", "forgets", "intrudes"}
    came = set(world.steps)
    for seed in range(78, 83):
        if wanted <= came:
            break
        another = World(seed, str(tmp_path / f"world-{seed}"))
        another.play(STEPS)
        came |= set(another.steps)
    assert wanted <= came
    assert len(world.taken) > 100
    listed = streamz("topics", "list", "--home", tmp_path, cwd=tmp_path)
    names = [line.split()[0] for line in listed.lines[1:]]
    assert {"texts", "more", "raw"} <= set(names)
    found: Counter[str] = Counter()
    for name in names:
        told = streamz("topics", "consume", name, "-e", "--home", tmp_path, cwd=tmp_path)
        assert (told.code, told.err) == (0, ""), name
        found.update(line for line in told.lines if line.startswith("good "))
    assert set(found.values()) == {1}
    assert world.taken <= set(found)


@pytest.mark.parametrize("wrong", ["lost", "doubled", "disorder", "never sent"])
def test_the_model_sees_what_is_wrong(tmp_path: Path, wrong: str) -> None:
    world = World(5, str(tmp_path))
    world.play(200)
    good = [(0, f"good texts 1 p0 {number}") for number in range(3)]
    world.taken = {value for _, value in good}
    world.perhaps |= world.taken
    world.check(good)
    rows = {
        "lost": good[1:],
        "doubled": [*good, good[2]],
        "disorder": good[::-1],
        "never sent": [*good, (0, "good texts 1 p0 9")],
    }
    with pytest.raises(AssertionError):
        world.check(rows[wrong])
