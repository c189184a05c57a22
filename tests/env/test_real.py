"""What only this machine has: modes, symbolic links, sockets, forks, threads, missing systems."""

import errno
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from streamz_core.env import doorbells, mounts
from streamz_core.env.real import RealEnv
from streamz_core.errors import Unsupported


def python(*arguments):
    """Run a program with this checkout importable; what it printed."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


def mode(path):
    return Path(path).stat().st_mode & 0o777


def test_only_the_user_may_read_what_is_written(tmp_path):
    env = RealEnv()
    env.make_dirs(f"{tmp_path}/a/b")
    env.create(f"{tmp_path}/a/b/file").close()
    env.lock(f"{tmp_path}/a/b/lock", exclusive=True).release()
    assert [mode(tmp_path / name) for name in ("a", "a/b")] == [0o700, 0o700]
    assert [mode(tmp_path / "a/b" / name) for name in ("file", "lock")] == [0o600, 0o600]


def test_a_symbolic_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    env = RealEnv()
    for call in (
        env.open,
        lambda path: env.open(path, write=True),
        lambda path: env.lock(path, exclusive=True),
    ):
        with pytest.raises(OSError) as caught:
            call(f"{tmp_path}/link")
        assert caught.value.errno == errno.ELOOP


def test_pwrite_notices_that_the_name_went_to_another_file(tmp_path):
    env = RealEnv()
    file = env.create(f"{tmp_path}/a")
    env.create(f"{tmp_path}/b").close()
    env.rename(f"{tmp_path}/b", f"{tmp_path}/a")
    with pytest.raises(OSError) as caught:
        file.pwrite(b"x", 0)
    assert caught.value.errno == errno.ESTALE
    file.close()
    assert env.read(f"{tmp_path}/a") == b""


def test_no_descriptor_stays_open(tmp_path):
    env = RealEnv()
    before = set(Path("/dev/fd").iterdir())
    held = env.lock(f"{tmp_path}/lock", exclusive=True)
    file = env.create(f"{tmp_path}/a")
    file.pwrite(b"x", 0)
    file.close()
    env.read(f"{tmp_path}/a")
    env.sync_dir(str(tmp_path))
    assert env.lock(f"{tmp_path}/lock", exclusive=False) is None
    env.lock(f"{tmp_path}/other", exclusive=True).release()
    env.doorbell().close()
    held.release()
    assert set(Path("/dev/fd").iterdir()) <= before  # others may be collected meanwhile


# ---- doorbells


def test_doorbells_hang_in_a_private_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    bell = RealEnv().doorbell()
    assert bell.address.startswith(f"{tmp_path}/streamz/")
    assert mode(tmp_path / "streamz") == 0o700
    assert mode(bell.address) & 0o100
    bell.close()
    assert list((tmp_path / "streamz").iterdir()) == []


def test_a_folder_that_others_can_enter_is_not_used(tmp_path):
    (tmp_path / "streamz").mkdir()
    (tmp_path / "streamz").chmod(0o755)
    assert not doorbells.folder({"XDG_RUNTIME_DIR": str(tmp_path)}).startswith(str(tmp_path))


def test_a_path_too_long_for_a_socket_is_not_used(tmp_path):
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    assert not doorbells.folder({"XDG_RUNTIME_DIR": str(deep)}).startswith(str(tmp_path))


def test_what_a_dead_process_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    env = RealEnv()
    stale = tmp_path / "streamz" / "bell-dead"
    env.doorbell().close()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(stale))
    assert stale.exists()
    assert not env.ring(str(stale))
    assert not stale.exists()


def test_ringing_never_removes_anything_but_a_doorbell(tmp_path):
    precious = tmp_path / "bell-of-mine"
    precious.write_bytes(b"x")
    other = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(other))
    env = RealEnv()
    assert not env.ring(str(precious))
    assert not env.ring(str(other))
    assert not env.ring(f"/{'x' * 300}")
    assert precious.read_bytes() == b"x"
    assert other.exists()


def test_a_doorbell_with_a_high_descriptor_works(tmp_path, monkeypatch):
    monkeypatch.setattr(doorbells, "SELECT_MAX", 0)
    env = RealEnv()
    bell = env.doorbell()
    assert not bell.wait(0.001)
    env.ring(bell.address)
    assert bell.wait(1.0)
    assert not bell.wait(0.0)
    bell.close()


# ---- processes

FORKING = """
import os, sys
from streamz_core.env.real import RealEnv
from streamz_core.errors import Misuse
env = RealEnv()
file = env.create(sys.argv[1] + "/file")
lock = env.lock(sys.argv[1] + "/lock", exclusive=True)
bell = env.doorbell()
env.ring("/nowhere")
for call in (lambda: file.append(b"x"), lambda: file.pread(1, 0), lambda: lock.release(),
             lambda: bell.wait(0), lambda: bell.close(), lambda: env.now_ms(), lambda: env.create("/x")):
    pid = os.fork()
    if pid == 0:
        try:
            call()
        except Misuse as error:
            print("refused:", "fork" in str(error), flush=True)
        os._exit(0)
    os.waitpid(pid, 0)
assert file.append(b"mine") == 4
assert os.path.exists(bell.address)
reader, writer = os.pipe()
if os.fork() == 0:  # stays, and must not keep the lock
    os.close(writer)
    os.read(reader, 1)
    fresh = RealEnv().lock(sys.argv[1] + "/lock", exclusive=True, wait_s=5)
    print("orphan:", fresh is not None, flush=True)
    os._exit(0)
bell.close()
os._exit(0)
"""


def test_a_forked_child_may_use_no_handle_and_holds_no_lock(tmp_path):
    told = python("-c", FORKING, str(tmp_path)).split("\n")
    assert told == ["refused: True"] * 7 + ["orphan: True", ""]


def test_children(tmp_path):
    env = RealEnv()
    child = env.spawn([sys.executable, "-c", "import sys; sys.exit(3)"])
    assert child.wait(30) == 3
    assert child.poll() == 3
    program = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(os.environ['WHAT'])"
    assert env.spawn([sys.executable, "-c", program], {"WHAT": "told"}).wait(30) == 0
    assert (tmp_path / "seen").read_text() == "told"
    sleeper = env.spawn([sys.executable, "-c", "import time; time.sleep(60)"])
    assert sleeper.poll() is None
    assert sleeper.wait(0.01) is None
    sleeper.signal(signal.SIGKILL)
    assert sleeper.wait(30) == -signal.SIGKILL
    assert sleeper.pid > 0


def test_exit_runs_nothing_more():
    program = (
        "import sys, atexit; from streamz_core.env.real import RealEnv\n"
        "atexit.register(lambda: print('atexit'))\n"
        "try: RealEnv().exit(7)\n"
        "finally: print('finally')"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (7, b"")


# ---- what the system tells


def test_mounts():
    told = "rootfs / ext4 rw 0 0\nserver:/x /mnt/a\\040b nfs4 rw 0 0\ntmpfs /mnt tmpfs rw 0 0\n"
    assert mounts.type_at("/home/me", told) == "ext4"
    assert mounts.type_at("/mnt/a b/log", told) == "nfs4"
    assert mounts.type_at("/mnt/a bc", told) == "tmpfs"
    assert mounts.type_at("/mntx", told) == "ext4"
    assert mounts.type_at("/", "a / overlay rw 0 0\nb / ext4 rw 0 0\n") == "ext4"


@pytest.mark.skipif(not Path("/proc/mounts").exists(), reason="Linux only")
def test_proc_is_proc():
    assert RealEnv().file_system("/proc/self") == "proc"


# ---- what an import costs


def test_the_import_is_light():
    program = (
        "import sys, streamz_core; before = set(sys.modules); import streamz_core.env.real; "
        "print([name for name in ('socket', 'subprocess', 'threading', 'tempfile', 'select', 'shutil')"
        " if name in sys.modules and name not in before])"
    )
    assert python("-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}") == "[]\n"


def test_a_system_without_posix_can_import_and_is_told_what_is_missing(monkeypatch):
    program = """
import os, sys
sys.modules["fcntl"] = None
for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_DIRECTORY", "pread", "pwrite", "statvfs", "register_at_fork"):
    delattr(os, name)
from streamz_core.env.real import RealEnv
from streamz_core.errors import Unsupported
try:
    RealEnv()
except Unsupported as error:
    print(error)
"""
    assert "pread" in python("-c", program)
    monkeypatch.delattr(os, "pread")
    with pytest.raises(Unsupported, match=r"flock .* pread, .*WSL"):
        RealEnv()


def test_what_nobody_has_any_more_is_closed(tmp_path):
    """Who forgets to close a consumer for each request would have no descriptors left some day."""
    env, path = RealEnv(), str(tmp_path / "file")
    env.create(path).close()
    before = set(Path("/dev/fd").iterdir())
    file, lock = env.open(path, write=True), env.lock(path, exclusive=True)
    file.pwrite(b"x", 0)
    assert env.lock(path, exclusive=True) is None
    del file, lock
    assert env.lock(path, exclusive=True) is not None
    assert set(Path("/dev/fd").iterdir()) <= before


def test_who_is_interrupted_while_he_closes_closes_nothing_twice(tmp_path, monkeypatch):
    """By then the number may be another file's."""
    env, closed = RealEnv(), []
    path = str(tmp_path / "file")
    env.create(path).close()
    file, lock = env.open(path), env.lock(path, exclusive=True)
    close = os.close

    def interrupted(descriptor):
        close(descriptor)
        closed.append(descriptor)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "close", interrupted)
        for one in (file, lock):
            with pytest.raises(KeyboardInterrupt):
                one.close() if one is file else one.abandon()
            one.close() if one is file else one.abandon()
    assert len(closed) == 2
