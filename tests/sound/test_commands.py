"""The command line for strangers: whatever is typed, piped or closed ends with a sentence, in time.

Processes of their own, as from a shell.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.terminal import PATIENCE_S, command, environment, streamz

AGAIN_S = 10

APP = """
from decimal import Decimal
from uuid import UUID

from attrs import frozen
from streamz_core import App


@frozen
class User:
    name: str
    born: Decimal = Decimal(0)


app = App("shop", topic_partitions=1, durability="process")
users = app.stream("users", key=UUID, value=User)
users.group_by(lambda user: user.name, key=str).count(name="names").to_stream().to("counted")
"""
KEY = "12345678-1234-5678-1234-567812345678"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A directory with app.py, which counted one user."""
    place = tmp_path_factory.mktemp("shop")
    (place / "app.py").write_text(APP)
    line = f'{KEY}|{{"name":"Ann","born":1.5}}\n'
    done = streamz(
        "topics", "produce", "users", "--app", "app.py", "-K", "|", cwd=place, stdin=line
    )
    assert done.code == 0, done.err
    assert streamz("run", "app.py", "-q", "--until", "end", cwd=place).code == 0
    return place


def shell(text, place, stdin=b""):
    """(exit code, stdout, stderr) of a line of sh, where `streamz` is the command."""
    script = f'streamz() {{ "{sys.executable}" -m streamz_core.cli "$@"; }}\n{text}'
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=place,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        env=environment(),
    )
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()


def sentence(code, out, err, says):
    assert "Traceback" not in err, err
    assert "Exception ignored" not in err, err
    assert says in err, err
    assert out == ""
    assert code in (1, 2)


# ---- streams that are closed, full, or something else


@pytest.mark.parametrize(
    "words, says",
    [
        ("topics produce users --app app.py <&-", "stdin is closed"),
        ("topics consume users --app app.py -e > /dev/full", "stdout: No space left"),
        ("topics consume users --app app.py -e --json > /dev/full", "stdout: No space left"),
        ("topics list --app app.py > /dev/full", "stdout: No space left"),
        ("topics describe users --app app.py >&-", "stdout is closed"),
        ("query app.py names --all > /dev/full", "stdout: No space left"),
        ("topology app.py >&-", "stdout is closed"),
        ("reset app.py > /dev/full", "stdout: No space left"),
        ("--help > /dev/full", "stdout: No space left"),
        ("topics consume --help >&-", "stdout is closed"),
        ("--version > /dev/full", "stdout: No space left"),
    ],
)
def test_streams_that_take_and_give_nothing(shop, words, says):
    sentence(*shell(f"streamz {words}", shop), says)


@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_get_no_word_of_it_and_harm_no_file(shop, closed):
    before = (shop / ".streamz/log/LOG").read_bytes()
    assert shell(f"streamz topics list --app app.py {closed}", shop)[2] == ""
    assert (shop / ".streamz/log/LOG").read_bytes() == before
    assert shell("streamz topics consume users --app app.py -e", shop)[0] == 0


def test_a_reader_that_has_enough(shop):
    code, out, err = shell(
        "streamz topics consume users --app app.py -f '%k\\n' -c 1 | head -1; exit ${PIPESTATUS[0]}",
        shop,
    )
    assert (out.strip(), err) == (f'"{KEY}"', "")
    assert code in (0, 141)
    code, _, err = shell("streamz --help | true; exit ${PIPESTATUS[0]}", shop)
    assert err == ""


# ---- words


@pytest.mark.parametrize(
    "words, says",
    [
        ("topics produce users --app app.py --key $'\\xff' --value x", "is not UTF-8"),
        ("topology $'a\\xc3.py'", "is not UTF-8"),
        ("topics list --home $'\\xfe'", "is not UTF-8"),
        ("topics produce users --app app.py -K ''", "argument -K: it is empty"),
        ("topics consume '' --app app.py", "argument topic: it is empty"),
        ("topics list --app ''", "argument --app: it is empty"),
        ("topics list --home ''", "argument --home: it is empty"),
        ("query app.py '' --all", "argument STORE: it is empty"),
        ("topics consume users --app app.py -c -1 -e", "argument -c: -1; it must be 1 or more"),
        ("topics consume users --app app.py -c 0", "argument -c: 0; it must be 1 or more"),
        ("topics consume users --app app.py -e -o 9e9", "-o 9e9; it can be"),
        ("topics consume users --app app.py -e -p 9", "users has partitions 0 to 0"),
        (f"topics consume users --app app.py -e -o {'9' * 5000}", "it can be beginning"),
        (f"topics produce users --app app.py -T {1 << 63} --value x", "argument -T: 92233"),
        ("topics produce users --app app.py -T -1 --value x", "argument -T: -1; it must be"),
        ('topics produce users --app app.py -p 99 --value \'{"name":"x"}\'', "partitions 0 to 0"),
        ("topics create t --partitions 10000000000", "1 to 10000 are possible"),
        ("topics create ../x", "is no topic name"),
        ("run app.py --workers 99999", "1 to 256 are possible"),
        (f"query app.py names --all --window-from {'9' * 30}", "is no time"),
        ("reset app.py --exec", "unrecognized arguments: --exec"),
    ],
)
def test_words_that_cannot_be_meant(shop, words, says):
    sentence(*shell(f"streamz {words}", shop), says)


# ---- places


@pytest.mark.parametrize(
    "words, says",
    [
        ("topics list --home app.py", "Not a directory"),
        ("topics list --home /dev/null/x", "Not a directory"),
        ("topics list --home /proc/nowhere", "holds no log"),
        ("topics create t --home /proc/nowhere", "/proc/nowhere"),
        ("topology folder.py", "folder.py: Is a directory"),
        ("topology zeros.py", "there are NUL bytes in it"),
        ("topology nothing.py", "it has no App at its top level"),
        ("topology ends.py", "streamz: not today"),
        ("query app.py names --all --home elsewhere", "holds no log"),
        ("topics consume users --home elsewhere", "holds no log"),
    ],
)
def test_places_that_are_none(shop, words, says):
    (shop / "folder.py").mkdir(exist_ok=True)
    (shop / "zeros.py").write_bytes(b"x = 1\0")
    (shop / "nothing.py").write_text("")
    (shop / "ends.py").write_text("import sys\nsys.exit('not today')\n")
    sentence(*shell(f"streamz {words}", shop), says)


def test_a_file_that_is_no_python_shows_its_line_and_nothing_of_ours(shop):
    (shop / "broken.py").write_text("app = (\n")
    code, _, err = shell("streamz topology broken.py", shop)
    assert code == 1
    assert 'broken.py", line 1' in err
    assert "Traceback" not in err


def test_a_working_directory_that_is_gone(shop):
    text = "mkdir -p gone && cd gone && rmdir ../gone && streamz topics list"
    sentence(*shell(text, shop), "the working directory is there no more")


# ---- what comes in


@pytest.mark.parametrize(
    "data, says",
    [
        (b"\xff\xfe\n", "is not UTF-8"),
        (b"{\n", "is not JSON"),
        (b'\xef\xbb\xbf{"name":"x"}\n', "BOM"),
        (b'{"name":"x"}\0\n', "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"name":' + b"9" * 5000 + b"}", "is not JSON"),
        (b'{"nam":"x"}\n', "User has no field 'nam' (did you mean name?)"),
        (b'{"name":"x","born":"soon"}', "User.born: "),
        (b'{"name":"' + b"x" * (2 << 20) + b'"}', "the limit is 1048576"),
    ],
)
def test_lines_that_are_no_record(shop, data, says):
    before = shell("streamz topics consume users --app app.py -e | wc -l", shop)[1]
    done = shell("streamz topics produce users --app app.py", shop, data)
    sentence(*done, says)
    assert "at line 1; nothing was written (--skip-bad leaves such lines out)" in done[2]
    assert shell("streamz topics consume users --app app.py -e | wc -l", shop)[1] == before


@pytest.mark.parametrize(
    "data, value",
    [
        (b'{"name":"x"}', '{"name":"x","born":"0"}'),
        (b'{"name":"x"}\r\n', '{"name":"x","born":"0"}'),
        (b'{"name":"x","born":1.5}\n', '{"name":"x","born":"1.5"}'),
        (b'{"name":"x","born":"2.50"}\n', '{"name":"x","born":"2.50"}'),
        (b'{"name":"x","shoe":44}\n', '{"name":"x","born":"0"}'),
    ],
)
def test_lines_that_are(shop, data, value):
    assert shell("streamz topics produce users --app app.py", shop, data)[0] == 0
    out = shell("streamz topics consume users --app app.py -e | tail -1", shop)[1]
    assert out == f"{value}\n"


def test_a_line_of_60_mb_is_refused_at_once(shop):
    """As long as its first 16 MiB take: the rest stays in the pipe."""
    text = "head -c 60000000 /dev/zero | tr '\\0' x | streamz topics produce users --app app.py"
    sentence(*shell(text, shop), "a line of more than 16 MiB")


# ---- interrupts


@pytest.fixture
def interrupts():
    """SIGINT as a terminal's programs have it: a suite in the background inherits that it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
@pytest.mark.parametrize(
    "words",
    [
        ("topics", "produce", "users", "--app", "app.py"),
        ("topics", "consume", "users", "--app", "app.py"),
        ("run", "app.py"),
    ],
    ids=" ".join,
)
def test_ctrl_c(shop, words):
    process = subprocess.Popen(
        command(*words),
        cwd=shop,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    try:
        if words[1] == "produce":
            process.stdin.write(b'{"name":"x"}\n')
            process.stdin.flush()
        elif words[0] == "run":
            process.stderr.readline()  # of the banner
        else:
            process.stdout.readline()
        if words[1] == "produce":  # until it took the line
            fdinfo = Path(f"/proc/{process.pid}/wchan")
            while "pipe" not in fdinfo.read_text() and process.poll() is None:
                os.sched_yield()
        # stdin stays open: its end would end `produce` too. Python may swallow an interrupt that comes in
        # the middle of a finalizer, so that somebody presses Ctrl-C again.
        for _ in range(int(PATIENCE_S / AGAIN_S)):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(AGAIN_S)
                break
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, (out, err)
    assert b"Traceback" not in err


# ---- limits of the system


def test_more_partitions_than_files_may_be_open(tmp_path):
    (tmp_path / "app.py").write_text(APP.replace("topic_partitions=1", "topic_partitions=64"))
    line = b'{"name":"Ann"}\n'
    text = "streamz topics produce users --app app.py"
    assert shell(text, tmp_path, line)[0] == 0
    code, _, err = shell("ulimit -n 200; streamz run app.py -q --until end", tmp_path)
    assert "Traceback" not in err, err
    assert code in (0, 1, 2)
    if code:
        assert "ulimit -n" in err
    assert shell("streamz run app.py -q --until end", tmp_path)[0] == 0
