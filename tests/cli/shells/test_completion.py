"""`streamz completion`: scripts that shells take, which ask what may come next."""

import shutil
import subprocess

import pytest

from streamz_core.cli.shells.completion import SCRIPTS


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_is_one_that_the_shell_reads(cli, tmp_path, shell):
    done = cli("completion", shell)
    assert (done.code, done.out) == (0, SCRIPTS[shell])
    program = shutil.which(shell)
    if program is not None:
        (tmp_path / "script").write_text(done.out)
        checked = subprocess.run(
            [program, "-n", "script"], cwd=tmp_path, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


def test_bash_completes_by_it(cli, tmp_path):
    program = shutil.which("bash")
    if program is None:
        pytest.skip("there is no bash")
    (tmp_path / "streamz").write_text(
        '#!/bin/sh\nprintf "alter all\\ndescribe\\n"; echo "$@" > asked\n'
    )
    (tmp_path / "streamz").chmod(0o755)
    script = cli("completion", "bash").out
    lines = (
        'COMP_WORDS=(streamz topics "")\nCOMP_CWORD=2\n_streamz\nprintf "%s|" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        [program, "--norc"],
        input=f"PATH={tmp_path}:$PATH\n{script}{lines}",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "alter all|describe|"
    assert (tmp_path / "asked").read_text() == "completion words topics \n"


def test_what_the_scripts_ask(cli):
    assert cli("completion", "words", "topics", "al").lines == ["alter"]
    assert cli("completion", "words", "topics", "alter", "t", "--exe").lines == ["--execute"]
    assert cli("completion", "words").lines[0] == "backup"
    assert cli("completion", "csh").code == 2
