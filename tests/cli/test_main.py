"""The command as a whole: help, exit codes, and that it asks no more than it needs."""

import re
import subprocess
import sys
from types import ModuleType

import pytest

from streamz_core.cli import main as entry
from streamz_core.cli.main import COMMANDS, JANITOR, WORKER
from streamz_core.errors import Corrupt, Misuse, Poisoned
from tests.cli.terminal import command, environment


def test_help_names_the_commands_and_hides_the_worker(cli):
    done = cli("--help")
    assert done.code == 0
    named = [line for line in done.lines if line.startswith("    ") and line[4] != " "]
    shown = [line.split()[0] for line in named]
    assert shown == [
        "run",
        "query",
        "topics",
        "groups",
        "log",
        "backup",
        "reset",
        "topology",
        "completion",
    ]
    assert {one.name for one in COMMANDS if one.hidden} == {WORKER, JANITOR}
    assert WORKER not in cli("nope").err


@pytest.mark.parametrize("name", [one.name for one in COMMANDS])
def test_each_has_its_own_help(cli, name):
    done = cli(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: streamz {name} ")


def test_a_command_is_a_row_and_a_file(cli, monkeypatch):
    (module := ModuleType("streamz_core.cli.greet")).arguments = lambda parser: parser.add_argument(
        "name"
    )
    module.execute = lambda given: print(f"hello {given.name}") or 3
    monkeypatch.setitem(sys.modules, module.__name__, module)
    row = entry.Command("greet", "greet", "say hello")
    monkeypatch.setattr(entry, "COMMANDS", (*COMMANDS, row))
    done = cli("greet", "Ann")
    assert (done.code, done.out) == (3, "hello Ann\n")
    assert re.search(r"greet +say hello", cli("--help").out)


@pytest.mark.parametrize("words", [[], ["nope"], ["run"], ["topics"], ["run", "app.py", "--nope"]])
def test_a_wrong_command_line_is_2(cli, words):
    done = cli(*words)
    assert done.code == 2
    assert done.out == ""
    assert "usage: streamz" in done.err


def test_the_version(cli):
    done = cli("--version")
    assert done.code == 0
    assert done.out.startswith("streamz-core")


def test_help_loads_no_subcommand(tmp_path):
    probe = (
        "import sys; from streamz_core.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith(('streamz_core.cli.', 'http', 'rocksdict'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=True,
    )
    loaded = eval_list(done.stdout.decode().splitlines()[-1])
    assert loaded == {"main", "talk", "signals", "streams", "words"}


def eval_list(text):
    return {name.strip("' ").removeprefix("streamz_core.cli.") for name in text[1:-1].split(",")}


@pytest.mark.parametrize("error,code", [(Misuse("a"), 2), (Corrupt("b"), 1), (Poisoned("c"), 70)])
def test_our_errors_are_a_sentence_with_its_notes(cli, monkeypatch, error, code):
    def fail(_):
        error.add_note("at t[0]@1")
        raise error

    monkeypatch.setattr(entry, "_execute", fail)
    done = cli("anything")
    assert (done.code, done.out) == (code, "")
    assert done.err == f"streamz: {error}\n  at t[0]@1\n"


def test_an_interrupt_is_130(cli, monkeypatch):
    def fail(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_execute", fail)
    assert cli("anything").code == 130


def test_a_reader_that_goes_away_is_no_error(cli, tmp_path):
    cli("topics", "create", "t", "--partitions", 1)
    cli("topics", "produce", "t", stdin="x" * 1000 + "\n" + "line\n" * 50_000)
    reading = subprocess.Popen(
        command("topics", "consume", "t"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert reading.stdout.read(1)
    reading.stdout.close()
    code = reading.wait(60)
    said = reading.stderr.read()
    reading.stderr.close()
    assert (code, said) == (141, b"")
