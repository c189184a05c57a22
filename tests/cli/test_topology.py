"""`streamz topology`: the plan on stdout, what was chosen on stderr, and nothing opened."""

UNSAID = """
from streamz_core import App

app = App("free")
app.stream("in").group_by(lambda value: value[:1]).count(name="initials")
"""


def test_the_plan_is_text_and_nothing_is_made(cli, words):
    done = cli("topology", "app.py")
    assert (done.code, done.err) == (0, "")
    assert done.lines[0].startswith("Topolog")
    for name in ("lines", "words-counts-repartition", "letters", "counts"):
        assert name in done.out
    assert {path.name for path in words.iterdir()} <= {"app.py", "__pycache__"}


def test_codecs_that_nobody_asked_for_are_named(cli, tmp_path):
    (tmp_path / "app.py").write_text(UNSAID)
    done = cli("topology", "app.py")
    assert done.code == 0
    said = "note: initials: its keys are written by the self-describing codec"
    assert done.err.startswith(said)


def test_an_app_that_fits_nowhere_is_2(cli, tmp_path):
    twice = 'from streamz_core import App\napp = App("x")\napp.stream("a")\napp.table("a")\n'
    (tmp_path / "app.py").write_text(twice)
    done = cli("topology", "app.py")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("streamz: ")
