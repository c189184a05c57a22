"""Finding the app: every form that names one, and what is said when there is none."""

import pytest

ONE = "from streamz_core import App\n{} = App('one')\n{}.stream('in')\n"


def show(name):
    return ONE.format(name, name)


@pytest.fixture
def files(tmp_path):
    def write(**texts):
        for path, text in texts.items():
            file = tmp_path / (path.replace("__", "/") + ".py")
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)

    return write


@pytest.mark.parametrize(
    "name",
    [
        "single.py",
        "single.py:shop",
        "single:shop",
        "single",
        "./single.py",
        "made.py:make()",
        "made:make()",
        "pkg/inner.py",
        "pkg.inner:app",
        "sub/../single.py",
    ],
)
def test_every_form_finds_it(cli, files, tmp_path, name):
    (tmp_path / "sub").mkdir()
    made = "from streamz_core import App\ndef make():\n    app = App('one')\n    app.stream('in')\n    return app\n"
    files(single=show("shop"), made=made, pkg__init=show("x"))
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "inner.py").write_text("from pkg import other\n" + show("app"))
    (tmp_path / "pkg" / "other.py").write_text("")
    done = cli("topology", name)
    assert done.code == 0, done.err
    assert "Source: in (topics: [in])" in done.out


def test_of_several_apps_the_one_called_app_is_meant(cli, files):
    files(several=show("first") + show("app"))
    assert cli("topology", "several.py").code == 0


def test_a_module_beside_the_app_is_found_and_stands_before_others(cli, tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "rules.py").write_text("raise AssertionError('not this one')")
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "deep" / "app.py").write_text("import rules\n" + show("app"))
    (tmp_path / "deep" / "rules.py").write_text("")
    assert cli("topology", "deep/app.py").code == 0


@pytest.mark.parametrize(
    "name,text,says",
    [
        (
            "nope.py",
            None,
            "there is no file nope.py; APP is where it stands, and not what it is called: app.py",
        ),
        ("nope", None, "there is no module nope; APP is where it stands"),
        ("nope.deeper:app", None, "there is no module nope"),
        ("a-b", None, "neither a file nor a module"),
        ("a.py", "x = 1\n", "it has no App at its top level"),
        ("a.py:x", "x = 1\n", "x in "),
        ("a.py:y", show("app"), "has no 'y'; its apps are app"),
        ("a.py", show("one") + show("two"), "its apps are one, two: name one as FILE:NAME"),
        ("a.py:make", "def make(): ...\n", "if it makes one, write make()"),
        ("a.py:make()", "def make(): ...\n", "is NoneType, not an App"),
        (
            "a.py:make()",
            "def make(x): ...\n",
            "cannot be called without arguments: missing a required",
        ),
        ("a.py:x()", "x = 1\n", "cannot be called; leave out the ()"),
        (
            "a.py",
            "import sys\nsys.exit(3)\n",
            "ends the program while it is imported (sys.exit(3))",
        ),
        ("json.py", show("app"), "another module by the name 'json'"),
        ("a-b.py", show("app"), "give the file another name"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(cli, tmp_path, name, text, says):
    if text is not None:
        (tmp_path / name.partition(":")[0]).write_text(text)
    done = cli("topology", name)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.splitlines()) == 1


def test_an_error_of_the_module_keeps_its_traceback_from_the_users_line_on(cli, files):
    files(broken="import json\n\n\ndef f():\n    return {}['x']\n\n\nf()\n")
    done = cli("topology", "broken.py")
    assert done.code == 1
    lines = done.err.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert 'broken.py", line 8' in lines[1]
    assert lines[-2:] == ["KeyError: 'x'", "while broken was imported"]


def test_a_missing_import_of_the_module_is_the_modules_error(cli, files):
    files(needs="import a_package_nobody_has\n")
    done = cli("topology", "needs")
    assert done.code == 1
    assert "ModuleNotFoundError: No module named 'a_package_nobody_has'" in done.err


def test_a_syntax_error_shows_the_line(cli, files):
    files(odd="app = = 1\n")
    done = cli("topology", "odd.py")
    assert done.code == 1
    assert "odd.py" in done.err
    assert "SyntaxError" in done.err


def test_our_own_refusal_names_the_users_line(cli, files):
    files(wrong="from streamz_core import App\n\napp = App('x', commit_intervall_ms=3)\n")
    done = cli("topology", "wrong.py")
    assert done.code == 2
    assert "Traceback" not in done.err
    first, second = done.err.splitlines()
    assert "unknown setting 'commit_intervall_ms'; did you mean commit.interval.ms?" in first
    assert "wrong.py:3: app = App('x', commit_intervall_ms=3)" in second


RUNS = {
    "at the end": ONE.format("app", "app") + "app.run()\n",
    "until the end": ONE.format("app", "app") + "app.run(until='end')\n",
    "in a function": ONE.format("app", "app") + "def go():\n    app.run()\n\n\ngo()\n",
    "of another module": "import other\nother.app.run()\napp = other.app\n",
    "in what makes it": (
        "from streamz_core import App\n\n\ndef make():\n    app = App('one')\n    app.stream('in')\n"
        "    app.run()\n    return app\n"
    ),
}


@pytest.mark.parametrize("how", RUNS)
@pytest.mark.parametrize(
    "words",
    [
        ("topology", "APP"),
        ("run", "APP"),
        ("worker", "APP"),
        ("query", "APP", "s", "--all"),
        ("reset", "APP"),
        ("topics", "produce", "in", "--app", "APP"),
        ("topics", "list", "--app", "APP"),
    ],
    ids=lambda words: words[0],
)
def test_a_module_that_runs_the_app_itself_is_told_so(cli, files, tmp_path, words, how):
    files(mine=RUNS[how], other=ONE.format("app", "app"))
    name = "mine.py:make()" if how == "in what makes it" else "mine.py"
    done = cli(*(name if word == "APP" else word for word in words))
    assert done.code == 2
    first, second = done.err.splitlines()[:2]
    assert "app 'one' is run by its own module while that is imported" in first
    assert 'write `if __name__ == "__main__":` before app.run()' in first
    assert how == "in what makes it" or "app.run(" in second
    assert not (tmp_path / ".streamz").exists()
