"""Bad input: one clear sentence with coordinates and a way out, exit code 1 or 2, and nothing lost.

After the repair everything is there. What the supervisor does with a worker that ends so is seen in
processes of their own.
"""

import os
import shutil

import pytest

from tests.cli.terminal import send_bytes, streamz

SUMS = """
from streamz_core import App

app = App("sums", topic_partitions=1)
numbers = app.stream("numbers", key=str, value=int)


@numbers.map_values
def inverse(number: int) -> float:
    return 12 / number


inverse.to("inverses")


@numbers.group_by_key().aggregate(initial=int)
def total(so_far: int, number: int) -> int:
    return so_far + number
"""
NOBODY = 65534
NUMBERS = ["1", "2", "0", "4"]


@pytest.fixture
def home(tmp_path):
    return tmp_path / ".streamz"


@pytest.fixture
def shell(cli, tmp_path):
    """`shell(...)`: the command in the app's directory."""
    (tmp_path / "app.py").write_text(SUMS)
    return cli


def produce(shell, *numbers):
    text = "".join(f"a:{number}\n" for number in numbers)
    done = shell("topics", "produce", "numbers", "--app", "app.py", "-K", ":", stdin=text)
    assert done.code == 0, done.err


def run(shell, *options):
    """One worker, without a supervisor."""
    return shell("worker", "app.py", "--quiet", "--until", "end", *options)


def outcome(shell):
    """(inverses written, total): everything the app made of its input."""
    total = shell("query", "app.py", "total", "--key", "a")
    return shell("topics", "consume", "inverses", "--app", "app.py", "-e").lines, total.out


def sentence(done, code, *says):
    """The one that stderr begins with; what `says` asks for is in it or in its notes."""
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("streamz: "), done.err
    assert "Traceback" not in done.err
    assert len([line for line in done.err.splitlines() if not line.startswith("  ")]) == 1, done.err
    for text in says:
        assert text in done.err


# ---- names that are wrong


def test_an_unknown_topic_is_refused_before_anything_is_read(shell):
    produce(shell, "1", "2")
    done = shell("topics", "consume", "nubmers", "--app", "app.py", "-e")
    sentence(done, 2, "there is no topic 'nubmers'", "numbers", "streamz topics create nubmers")
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0", "6.0"], "a\t3\n")


def test_an_unknown_topic_chosen_by_a_record_stops_at_that_record(shell, tmp_path):
    chosen = SUMS.replace(
        'inverse.to("inverses")',
        'def where(value: float) -> str:\n    return "inverses" if value != 6 else "elsewhere"\n\n\n'
        'inverse.to(where)\napp.topic("inverses", key=str, value=float)',
    )
    (tmp_path / "app.py").write_text(chosen)
    produce(shell, "1", "2", "4")
    sentence(
        run(shell),
        2,
        "there is no topic 'elsewhere'",
        "streamz topics create elsewhere",
        "at numbers[0]@1 key='a'",
    )
    assert outcome(shell) == (["12.0"], "a\t1\n")
    assert shell("topics", "create", "elsewhere", "--app", "app.py").code == 0
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0", "3.0"], "a\t7\n")


def test_an_unknown_setting_on_the_command_line(shell):
    produce(shell, "1")
    done = shell("run", "app.py", "--set", "comit.interval.ms=5")
    sentence(done, 2, "unknown setting 'comit.interval.ms'; did you mean commit.interval.ms?")
    done = shell("run", "app.py", "--set", "commit.interval.ms=soon")
    sentence(done, 2, "commit.interval.ms = 'soon'; it must be a whole number")
    done = shell("run", "app.py", "--set", "cache.max.bytes.buffering=1")
    sentence(done, 2, "is not a setting here", "there is no record cache")
    assert run(shell, "--set", "commit.interval.ms=5").code == 0
    assert outcome(shell) == (["12.0"], "a\t1\n")


def test_an_unknown_setting_in_the_app_names_the_line(shell, tmp_path):
    produce(shell, "1")
    wrong = SUMS.replace("topic_partitions=1", "topic_partitions=1, comit_interval_ms=5")
    (tmp_path / "app.py").write_text(wrong)
    sentence(
        shell("run", "app.py"),
        2,
        "unknown setting 'comit_interval_ms'",
        f"at {tmp_path}/app.py:4: app =",
    )
    (tmp_path / "app.py").write_text(SUMS)
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0"], "a\t1\n")


JOIN = """
from streamz_core import App

app = App("joined")
users = app.table("users", key=str, value=str)
clicks = app.stream("clicks", key=str, value=str)


@clicks.join(users)
def named(click: str, user: str) -> str:
    return f"{user} {click}"


named.to("named")
"""


def test_topics_of_a_join_that_are_not_partitioned_alike(shell, tmp_path):
    (tmp_path / "app.py").write_text(JOIN)
    shell("topics", "create", "users", "--partitions", 2)
    shell("topics", "create", "clicks", "--partitions", 3)
    place = ("--app", "app.py", "-K", ":", "-T", 5)
    shell("topics", "produce", "users", *place, stdin="a:Ann\n")
    shell("topics", "produce", "clicks", *place, stdin="a:/\n")
    done = shell("run", "app.py")
    sentence(
        done,
        2,
        "named joins topics that are not partitioned alike",
        "users has 2 partitions, clicks has 3",
        "repartition(partitions=...) before the join",
    )
    (tmp_path / "app.py").write_text(
        JOIN.replace("@clicks.join", "@clicks.repartition(name='two', partitions=2).join")
    )
    assert run(shell).code == 0
    assert shell("topics", "consume", "named", "--app", "app.py", "-e").lines == ["Ann /"]


# ---- records that are wrong


def test_a_record_on_which_a_function_fails_stops_the_app_at_it(shell, tmp_path):
    """As processes: the worker that fails ends the others, and its code is that of the whole."""
    produce(shell, *NUMBERS)
    seldom = ("--set", "commit.interval.ms=3600000")
    done = streamz("run", "app.py", "--quiet", "--workers", 2, *seldom, cwd=tmp_path)
    assert done.code == 1
    assert done.out == ""
    lines = done.err.splitlines()
    assert "ZeroDivisionError: division by zero" in lines
    assert "at numbers[0]@2 key='a' node=inverse task=total/0" in lines
    assert f'  File "{tmp_path}/app.py", line 10, in inverse' in lines
    assert any("processing.exception.handler=continue" in line for line in lines)
    assert outcome(shell) == (["12.0", "6.0"], "a\t3\n")
    (tmp_path / "app.py").write_text(SUMS.replace("12 / number", "12 / (number or 12)"))
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0", "6.0", "1.0", "3.0"], "a\t7\n")


def test_a_record_on_which_a_function_fails_may_be_skipped(shell, caplog):
    produce(shell, *NUMBERS)
    done = run(shell, "--set", "processing.exception.handler=continue")
    assert done.code == 0
    assert "skipped a record: ZeroDivisionError: division by zero at numbers[0]@2" in caplog.text
    assert outcome(shell) == (["12.0", "6.0", "3.0"], "a\t7\n")


def test_a_record_that_cannot_be_decoded(shell, tmp_path, caplog):
    produce(shell, "1")
    send_bytes(tmp_path / ".streamz", "numbers", b"junk", b"a")
    produce(shell, "4")
    sentence(
        streamz("run", "app.py", "--quiet", cwd=tmp_path),
        1,
        "an int has 8 bytes, not 4",
        "at numbers[0]@1 key='a'",
        "deserialization.exception.handler=continue",
    )
    assert outcome(shell) == (["12.0"], "a\t1\n")
    done = run(shell, "--set", "deserialization.exception.handler=continue")
    assert done.code == 0
    assert "skipped a record: CodecError" in caplog.text
    assert outcome(shell) == (["12.0", "3.0"], "a\t5\n")


# ---- directories that are wrong


def test_a_directory_that_is_none(shell, tmp_path):
    produce(shell, "1")
    for command in (["run", "app.py"], ["topics", "list"], ["query", "app.py", "total", "--all"]):
        done = shell(*command, "--home", "app.py")
        sentence(done, 2, f"{tmp_path}/app.py: Not a directory", "another by --home")
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0"], "a\t1\n")


def test_a_directory_that_may_not_be_read(cli, shell, home):
    produce(shell, "1")
    root = os.getuid() == 0
    if root:  # may read everything; but the rights that count are the effective ones
        assert cli("topics", "list").code == 0, "and everything is imported"
        os.seteuid(NOBODY)
    home.chmod(0) if not root else None
    try:
        done = [cli("topics", "list"), cli("topics", "create", "other")]
    finally:
        os.seteuid(os.getuid())
    if not root:
        home.chmod(0o700)
    for each in done:
        sentence(each, 2, f"{home}: Permission denied", "another by --home")
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0"], "a\t1\n")


def test_a_directory_that_holds_something_else(shell, home):
    (home / "log").mkdir(parents=True)
    (home / "log" / "LOG").write_text("diary")
    for command in (["topics", "list"], ["run", "app.py"]):
        done = shell(*command)
        sentence(
            done, 2, f"{home}/log/LOG is not the LOG file of a streamz log", "another directory"
        )
    assert (home / "log" / "LOG").read_text() == "diary"
    assert [path.name for path in home.rglob("*")] == ["log", "LOG"]


def test_a_directory_in_which_two_logs_were_mixed(shell, home, tmp_path):
    produce(shell, "1")
    shell("topics", "create", "t", "--home", "other")
    own = (home / "log" / "LOG").read_bytes()
    shutil.copy(tmp_path / "other" / "log" / "LOG", home / "log" / "LOG")
    segment = f"{home}/log/commit/000001"
    sentence(
        shell("run", "app.py"), 1, segment, "written with another log's key", "restore the file"
    )
    (home / "log" / "LOG").write_bytes(own)
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0"], "a\t1\n")


# ---- a commit log that is damaged


@pytest.fixture
def copied(shell, home):
    """The commit file of a log on which the app has run, and to which somebody wrote since. Writers kept copies."""
    produce(shell, "1", "2")
    assert run(shell).code == 0
    produce(shell, "4")
    return home / "log" / "commit" / "000001"


@pytest.fixture
def segment(copied, home):
    """The same, and the copies are gone."""
    shutil.rmtree(home / "log" / "copies")
    return copied


def check_repaired(shell, segment, whole):
    segment.write_bytes(whole)
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0", "6.0", "3.0"], "a\t7\n")


@pytest.mark.parametrize("part", [0.5, 0.999], ids=["half of it", "its last bytes"])
def test_a_truncated_commit_file(shell, segment, part):
    whole = segment.read_bytes()
    cut = whole[: int(len(whole) * part)]
    segment.write_bytes(cut)
    for command in (["run", "app.py"], ["topics", "list"], ["query", "app.py", "total", "--all"]):
        done = shell(*command, "--home", segment.parents[2])
        sentence(done, 1, str(segment), "was durable, but the log can be read only up to commit")
        assert "restore the file from a copy" in done.err
    assert segment.read_bytes() == cut, "a damaged log is left as it is"
    check_repaired(shell, segment, whole)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_damaged_commit_file_of_which_there_are_copies(shell, copied, damage):
    whole = copied.read_bytes()
    half = len(whole) // 2
    behind = whole[half + 1 :] if damage == "flipped" else b""
    copied.write_bytes(whole[:half] + bytes([whole[half] ^ 4]) * bool(behind) + behind)
    assert run(shell).code == 0
    assert outcome(shell) == (["12.0", "6.0", "3.0"], "a\t7\n")


@pytest.mark.parametrize("place", [0.01, 0.5, 0.999], ids=["head", "middle", "end"])
def test_a_flipped_bit_in_a_commit_file(shell, segment, place):
    whole = segment.read_bytes()
    at = int(len(whole) * place)
    flipped = whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
    segment.write_bytes(flipped)
    done = shell("run", "app.py")
    sentence(done, 1, str(segment), "restore the file from a copy")
    assert "commit" in done.err
    assert segment.read_bytes() == flipped, "a damaged log is left as it is"
    check_repaired(shell, segment, whole)
