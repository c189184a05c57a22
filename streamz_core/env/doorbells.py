"""Wake-ups between processes: empty datagrams to Unix sockets with short random names."""

# The door is the system's own calls; a path object would be a cost on every one.
# ruff: noqa: PTH102, PTH108, PTH112, PTH119

from __future__ import annotations

import errno
import os
import select
import socket
import stat
from collections.abc import Mapping

from streamz_core.env.processes.forks import guard

PREFIX = "bell-"
ADDRESS_BYTES_MAX = 100  # of a socket's path; 108 on Linux, 104 on macOS
SELECT_MAX = 1024  # descriptors select can watch


class RealDoorbell:
    """A bound datagram socket; whatever lies in it is one ring."""

    def __init__(self, folder: str) -> None:
        self.address = f"{folder}/{PREFIX}{os.urandom(6).hex()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.bind(self.address)
        except BaseException:
            self._socket.close()
            raise
        guard(self)

    def wait(self, timeout_s: float) -> bool:
        descriptor = self._socket.fileno()
        timeout_s = max(timeout_s, 0.0)
        if descriptor < SELECT_MAX:
            # select and not poll: poll counts in whole milliseconds.
            rung = bool(select.select((descriptor,), (), (), timeout_s)[0])
        else:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            rung = bool(poll.poll(timeout_s * 1000))
        if rung:
            self._drain()
        return rung

    def close(self) -> None:
        if self._socket.fileno() == -1:
            return
        self._socket.close()
        _unlink_socket(self.address)

    def abandon(self) -> None:
        """Leaves the address: the parent still listens there."""
        self._socket.close()

    def _drain(self) -> None:
        try:
            while True:
                self._socket.recv(1)
        except BlockingIOError:
            return


class Ringer:
    """Rings other processes' doorbells, from one unbound socket."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        guard(self)

    def ring(self, address: str) -> bool:
        try:
            self._socket.sendto(b"", address)
        except (FileNotFoundError, ConnectionRefusedError):
            _unlink_socket(address)
            return False
        except OSError as error:
            # A full buffer holds a ring already; of any other failure we learn nothing about life.
            return error.errno not in {errno.ENAMETOOLONG, errno.ENOTDIR, None}
        return True

    def abandon(self) -> None:
        # An interrupt may come before there is one.
        found: socket.socket | None = self.__dict__.get("_socket")
        if found is not None:
            found.close()

    __del__ = abandon


def folder(environ: Mapping[str, str]) -> str:
    """A directory of this user alone for doorbells, made if it is missing."""
    wanted = []
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isdir(runtime):
        wanted.append(f"{runtime}/streamz")
    import tempfile

    wanted.append(f"{tempfile.gettempdir()}/streamz-{os.getuid()}")
    for path in wanted:
        if len(os.fsencode(path)) + len(PREFIX) + 13 < ADDRESS_BYTES_MAX and _private(path):
            return path
    # Somebody else's directory has our name, or the path is too long for a socket.
    return tempfile.mkdtemp(prefix="streamz-", dir="/tmp")


def _private(path: str) -> bool:
    """Whether `path` is, perhaps only from now on, a directory that only this user can enter."""
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError:
        return False
    found = os.lstat(path)
    mine = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return mine and not found.st_mode & 0o077


def _unlink_socket(address: str) -> None:
    """Remove what a dead process left; never anything but a socket of ours."""
    try:
        ours = os.path.basename(address).startswith(PREFIX)
        if ours and stat.S_ISSOCK(os.lstat(address).st_mode):
            os.unlink(address)
    except OSError:
        return
