"""docs/promises.md: its program runs as it stands there."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/promises.md"
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
PLACE = "/srv/shop"  # what the page calls the directory


def test_they_run(tmp_path, monkeypatch):
    monkeypatch.setenv("STREAMZ_LOG_FREE_BYTES", "0")
    (program,) = PROGRAMS
    exec(compile(program.replace(PLACE, str(tmp_path)), str(PAGE), "exec"), {})
