"""docs/producers.md: its programs run as they stand there, from the first to the last."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/producers.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
PLACE = "/srv/shop"  # what the page calls the directory


def test_they_run(tmp_path):
    found = {}
    for program in PROGRAMS:
        exec(compile(program.replace(PLACE, str(tmp_path)), str(PAGE), "exec"), found)
    with found["app"].consumer("totals") as totals, found["app"].consumer("audit") as audit:
        assert [record.value for record in audit.poll(1.0)] == ["6 orders"]
        assert sum(record.value for record in totals.poll(1.0)) == 2 * (7 + 3 + 1 + 4 + 1 + 5)


def test_there_are_programs():
    assert len(PROGRAMS) >= 4
