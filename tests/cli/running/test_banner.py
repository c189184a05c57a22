"""What a run says before it starts, and that saying it makes no topic."""

import pytest

from streamz_core.app import machine
from streamz_core.broker.embedded import open_backend
from streamz_core.cli.loading import load_app
from streamz_core.cli.running.banner import banner
from streamz_core.errors import Misuse, TopologyError
from streamz_core.runtime.topics import prepare_topics

UNSAID = """
from streamz_core import App

app = App("free", durability="power")
app.stream("in").group_by(lambda value: value[:1]).count(name="initials")
"""


@pytest.fixture
def home(tmp_path):
    return str(tmp_path / "home")


@pytest.fixture
def job(cli, words):
    """That of the app of words; `cli` forgets its module afterwards."""
    assert cli("topology", "app.py").code == 0
    return load_app(str(words / "app.py")).job()


@pytest.fixture
def broker(job, home):
    """The log of that home."""
    found = open_backend(machine(), home, job.config)
    yield found
    found.close()


def told(job, home, workers=1):
    """What it says, by the word that each line begins with."""
    text = banner(job, machine(), home, workers)
    return dict(line.split(maxsplit=1) for line in text.splitlines())


def test_what_runs_where_and_what_that_promises(job, home):
    said = told(job, home, 3)
    assert said["app"] == "words"
    assert said["guarantee"].startswith("exactly once; durability process: killed processes lose")
    assert (said["reads"], said["writes"]) == ("lines[2]", "counts[2]")
    assert said["stores"] == "brief, counts, letters, seen"
    assert said["home"] == home
    assert said["log"] == f"{home}/log at commit 0"
    assert said["workers"] == "3 for 4 tasks"
    assert "note" not in said


def test_topics_that_will_be_made_are_named_and_not_made(job, home, broker):
    said = told(job, home)["creates"]
    assert said.startswith("counts[2], lines[2], words-brief-changelog[2]")
    broker.refresh()
    assert broker.topics() == {}
    for name in said.split(", ")[:2]:
        broker.create_topic(name.removesuffix("[2]"), 2, {"cleanup": "delete"})
    rest = told(job, home)["creates"]
    assert set(said.split(", ")) - set(rest.split(", ")) == {"counts[2]", "lines[2]"}


def test_when_every_topic_is_there_nothing_is_created(job, home, broker):
    assert "creates" in told(job, home)
    prepare_topics(job, broker)
    assert "creates" not in told(job, home)


def test_partitions_are_those_that_are_there(job, home, broker):
    broker.create_topic("lines", 3, {"cleanup": "delete"})
    said = told(job, home)
    assert said["reads"] == "lines[3]"
    assert said["workers"] == "1 for 6 tasks"
    broker.create_topic("words-brief-changelog", 2, {"cleanup": "compact"})
    with pytest.raises(Misuse, match="internal topic words-brief-changelog has 2 partitions"):
        told(job, home)


def test_topics_that_do_not_fit_together_are_told_before_the_start(cli, tmp_path, home):
    text = (
        "from streamz_core import App\napp = App('j')\n"
        "users = app.table(app.topic('users', key=str, value=str, partitions=2))\n"
        "clicks = app.stream(app.topic('clicks', key=str, value=str, partitions=3))\n"
        "@clicks.join(users)\ndef named(click: str, user: str) -> str: return click\n"
        "named.to('named')\n"
    )
    (tmp_path / "joined.py").write_text(text)
    assert cli("topology", "joined.py").code == 0
    job = load_app(str(tmp_path / "joined.py")).job()
    with pytest.raises(TopologyError, match="not partitioned alike"):
        banner(job, machine(), home, 1)


def test_codecs_that_nobody_asked_for_are_named(cli, tmp_path, home):
    (tmp_path / "app.py").write_text(UNSAID)
    assert cli("topology", "app.py").code == 0
    said = told(load_app(str(tmp_path / "app.py")).job(), home)
    assert said["note"].startswith("initials: its keys are written by the self-describing codec")
    assert said["guarantee"].endswith(
        "durability power: no acknowledged commit is lost, by a power cut neither"
    )
