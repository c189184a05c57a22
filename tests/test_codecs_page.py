"""docs/codecs.md: its programs run as they stand there."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[1] / "docs/codecs.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_it_runs(program):
    found = {"__name__": "page"}
    exec(compile(program, str(PAGE), "exec"), found)
    found["app"].build()


def test_there_are_programs():
    assert len(PROGRAMS) >= 2
