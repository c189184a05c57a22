"""Where the files of a log lie, and how a commit segment begins."""

from __future__ import annotations

import contextlib
import errno

import msgpack
from attrs import frozen

from streamz_core.env.door import Env, File
from streamz_core.errors import Corrupt
from streamz_core.log.chain import frame, identity
from streamz_core.log.chain.identity import Identity

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # of a disk that takes no more
SEGMENT = 1  # the kind of a first frame; its body: log id, segment number, boot id
SEAL = (
    12  # the kind of a record behind which nothing counts in its file; its body: the next segment
)


@frozen
class Layout:
    """Paths of one log directory."""

    root: str

    @property
    def identity(self) -> str:
        return f"{self.root}/LOG"

    @property
    def raised(self) -> str:
        """LOG as it is to be: its bytes are changed in place, for locks are held on that file."""
        return f"{self.root}/LOG.raised"

    @property
    def commit(self) -> str:
        return f"{self.root}/commit"

    @property
    def data(self) -> str:
        return f"{self.root}/data"

    @property
    def durable(self) -> str:
        return f"{self.root}/durable"

    @property
    def append_lock(self) -> str:
        return f"{self.root}/append.lock"

    @property
    def sync_lock(self) -> str:
        return f"{self.root}/sync.lock"

    @property
    def janitor_lock(self) -> str:
        return f"{self.root}/janitor.lock"

    @property
    def poison(self) -> str:
        return f"{self.root}/POISON"

    @property
    def fresh(self) -> str:
        """A segment that has no name yet, or got it and nobody knows whether that is durable."""
        return f"{self.root}/segment.new"

    @property
    def checkpoints(self) -> str:
        return f"{self.root}/ckpt"

    def checkpoint(self, lsn: int) -> str:
        return f"{self.checkpoints}/{lsn:020d}"

    @property
    def members(self) -> str:
        return f"{self.root}/members"

    def member(self, incarnation: bytes) -> str:
        """The file whose flock says that this process lives."""
        return f"{self.members}/{incarnation.hex()}"

    @property
    def part(self) -> str:
        """Sealed files, in a folder for each partition in one for each topic."""
        return f"{self.root}/part"

    def mover_lock(self, mover: bytes) -> str:
        """The file whose flock says that this mover may still name what it made."""
        return f"{self.part}/{mover.hex()}.lock"

    def partition(self, topic: int, partition: int) -> str:
        return f"{self.part}/{topic}/{partition}"

    def sealed(self, topic: int, partition: int, base: int, name: bytes) -> str:
        return f"{self.partition(topic, partition)}/{base:020d}-{name.hex()}"

    def segment(self, number: int) -> str:
        return f"{self.commit}/{number:06d}"

    @property
    def copies(self) -> str:
        """Files of copies of frames, each beside the segment of its number."""
        return f"{self.root}/copies"

    def copies_of(self, number: int) -> str:
        return f"{self.copies}/{number:06d}"

    def data_file(self, incarnation: bytes, number: int) -> str:
        return f"{self.data_of(incarnation)}/{number}"

    def data_of(self, incarnation: bytes) -> str:
        """The folder of one writer."""
        return f"{self.data}/{incarnation.hex()}"

    def writer_lock(self, incarnation: bytes) -> str:
        """The file whose flock says that this writer may still name what it wrote."""
        return f"{self.data_of(incarnation)}/lock"


@frozen
class SegmentHead:
    """What the first frame of a commit segment says; records in it follow (lsn, hash)."""

    number: int
    lsn: int
    hash: bytes
    boot_id: str
    bytes: int


def encode_segment(identity: Identity, head: SegmentHead) -> bytes:
    """The first frame of a segment file."""
    body = msgpack.packb([identity.log_id, head.number, head.boot_id])
    at = frame.place(head.number, 0)
    no_witness = (0, frame.ZERO)
    return frame.encode(identity.mac, at, head.lsn, SEGMENT, head.hash, body, b"", no_witness)[0]


def encode_seal(
    mac: frame.Mac, at: int, lsn: int, prev: bytes, following: int
) -> tuple[bytes, bytes]:
    """(frame, hash) of the SEAL that follows the record before `lsn`, whose hash is `prev`.

    It has no witness: so whoever knows what it follows can tell its hash without having read it.
    """
    body = msgpack.packb([following])
    return frame.encode(mac, at, lsn, SEAL, prev, body, b"", (0, frame.ZERO))


def append_all(file: File, data: bytes) -> None:
    """Append until the file took everything, or OSError: then some of it may be there."""
    done = file.append(data)
    while done < len(data):
        done += file.append(data[done:])


def read_identity(env: Env, layout: Layout) -> Identity:
    """What LOG says, or is to say, if whoever was changing it did not come to the end. ForeignLog, Corrupt."""
    try:
        return identity.decode(env.read(layout.identity), layout.identity)
    except Corrupt:
        with contextlib.suppress(FileNotFoundError):
            return identity.decode(env.read(layout.raised), layout.raised)
        # If it was being changed, whoever did it has come to the end since.
        return identity.decode(env.read(layout.identity), layout.identity)


def size_of(env: Env, path: str) -> int:
    """How many bytes a file has."""
    file = env.open(path)
    try:
        return file.size()
    finally:
        file.close()


def segments(env: Env, layout: Layout) -> list[int]:
    """Numbers of the commit segments, oldest first."""
    return sorted(int(name) for name in env.list(layout.commit) if name.isdigit())
