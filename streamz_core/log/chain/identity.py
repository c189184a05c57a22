"""The LOG file: which log this is. Written once; without it a directory is no log."""

from __future__ import annotations

import struct
from zlib import crc32

from attrs import field, frozen

from streamz_core.errors import Corrupt, ForeignLog
from streamz_core.log.chain import frame

MAGIC = b"streamz log\n\x00"
VERSION = 3
"""3: a chain of several files, with kinds of records that 2 does not know; 2: values of classes name their
schema; 1, of release 0.1, had them by position."""
VERSION_READ = 2  # the oldest that this version reads, and raises to its own
_BODY = struct.Struct("<13sH16s32s8s")
_CRC = struct.Struct("<I")
LEVELS = ("power", "process")


@frozen
class Identity:
    """`log_id` names the log; `key` is the secret of its frames, which `mac` makes and checks; `level`
    is what an acknowledgement meant when it was made; `version` is the format that all may write who share it."""

    log_id: bytes
    key: bytes
    level: str
    version: int = VERSION
    mac: frame.Mac = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "mac", frame.mac(self.key))

    def encode(self) -> bytes:
        """The bytes of the LOG file."""
        body = _BODY.pack(MAGIC, self.version, self.log_id, self.key, self.level.encode())
        return body + _CRC.pack(crc32(body))


def decode(data: bytes, path: str) -> Identity:
    """What the LOG file at `path` says; ForeignLog if it is none of ours, Corrupt if it is damaged."""
    if not data.startswith(MAGIC[:11]):
        raise ForeignLog(f"{path} is not the LOG file of a streamz log; choose another directory")
    if len(data) != _BODY.size + _CRC.size or crc32(data[:-4]) != _CRC.unpack(data[-4:])[0]:
        raise Corrupt(
            f"{path} is damaged ({len(data)} bytes); without it nothing in the log can be trusted: "
            "restore this file from a copy, it never changes"
        )
    _, version, log_id, key, level = _BODY.unpack(data[:-4])
    if version == 1:
        raise ForeignLog(
            f"{path} has format 1: release 0.1 wrote it, whose values of classes did not say their "
            "fields; nothing was changed. With that release write each topic as lines (streamz topics "
            "consume TOPIC -e -K TAB > FILE, with --app for topics of classes), and with this one read "
            "them into another home (streamz topics produce TOPIC -K TAB < FILE); state is built from them"
        )
    if not VERSION_READ <= version <= VERSION:
        raise ForeignLog(
            f"{path} has format {version}, this version reads {VERSION}; use the release that wrote it"
        )
    return Identity(log_id, key, level.rstrip(b"\x00").decode(), version)
