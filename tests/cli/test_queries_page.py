"""docs/queries.md: what stands there is what is answered."""

import http.client
import json
import re
from pathlib import Path

import pytest

from tests.query.counting import Place

PAGE = (Path(__file__).parents[2] / "docs/queries.md").read_text()
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
REQUESTS = re.findall(r"^GET (\S+)\n(.*)$", PAGE, re.MULTILINE)
COMMANDS = re.findall(r"^\$ streamz (query .*)\n(.*)$", PAGE, re.MULTILINE)
CLICKS = [("ann", "/a", 1000), ("ann", "/b", 2000), ("bob", "/a", 61_000)]


def served(folder):
    """A place where the app of the page runs, with what the page says was sent."""
    found = {"__name__": "page"}
    exec(compile(PROGRAM, "queries.md", "exec"), found)
    place = Place(folder, found["app"])
    worker = place.worker().join()
    for key, url, time in CLICKS:
        place.send(key, url, time, topic="clicks")
    place.settle()
    return place, worker


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    place, worker = served(tmp_path_factory.mktemp("shop"))
    yield worker
    place.close()


@pytest.mark.parametrize("target,expected", REQUESTS)
def test_a_request_is_answered_so(shop, target, expected):
    connection = http.client.HTTPConnection("127.0.0.1", shop.port)
    connection.request("GET", target)
    reply = connection.getresponse()
    told = json.loads(reply.read())
    connection.close()
    if not expected.startswith("{"):
        assert f"{told['status']} {told['type']}" == expected
    else:
        found = json.dumps(told, separators=(",", ":"))
        assert re.sub('"commit":[0-9]+', '"commit":15', found) == expected


@pytest.mark.parametrize("command,expected", COMMANDS)
def test_a_command_prints_so(cli, tmp_path, command, expected):
    (tmp_path / "app.py").write_text(PROGRAM)
    place, _ = served(tmp_path / ".streamz")
    place.close()
    done = cli(*command.split())
    assert done.lines == [expected] or done.err.splitlines()[-1] == expected


def test_every_verb_stands_on_the_page():
    from streamz_core.query.verbs import VERBS

    assert len(COMMANDS) >= 4
    assert all(f"| `/stores/STORE/{verb}" in PAGE for verb in VERBS)
