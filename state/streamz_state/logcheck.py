"""Finds the damage in RocksDB's log files (MANIFEST, WAL) that RocksDB itself does not refuse.

Single flipped bits in the head of a record, whose length no checksum covers, do this on opening:

- A type that became a "recyclable" one is read again and again without moving on, for ever and with
  the interpreter's lock held: no timeout and no signal gets through. We never recycle logs.
- A length that became too long looks like an append that was cut short, and what lies behind is
  dropped in silence. That is right at the end of the newest WAL, where appends are cut short by
  nature. It is wrong in a MANIFEST, whose appends are synced before anything depends on them: whole
  files of rows would be missing under a position that claims them. So it is in an older WAL.
- An empty record whose type became 0 looks like space never written, with the same effect.

Everything else RocksDB judges better itself.
"""

from struct import Struct

BLOCK_BYTES = 32 * 1024  # records never cross a block: each block is a chain of its own
NEVER_WRITTEN = 0
ENDS_AN_ENTRY = frozenset((1, 4))  # a whole one, a last part
RECYCLABLE = frozenset((5, 6, 7, 8, 11, 131))  # RocksDB: db/log_format.h

_HEAD = Struct("<IHB")  # crc32c, payload bytes, type
assert _HEAD.size == 7


def find_damage(data: bytes, *, may_be_torn: bool) -> int | None:
    """Where the first record lies that RocksDB must not see; None if there is none.

    `may_be_torn`: the log may end within an entry, or in space that was never written.
    """
    entry_open = False
    for block in range(0, len(data), BLOCK_BYTES):
        block_end = min(block + BLOCK_BYTES, len(data))
        position = block
        while position + _HEAD.size <= block_end:
            _, payload_bytes, kind = _HEAD.unpack_from(data, position)
            end = position + _HEAD.size + payload_bytes
            if kind in RECYCLABLE:
                return position
            if kind == NEVER_WRITTEN or end > block_end:
                if may_be_torn:
                    break
                return position
            entry_open = kind not in ENDS_AN_ENTRY
            position = end
        else:
            if position < block_end < block + BLOCK_BYTES:
                entry_open = True  # less than a head at the very end
    return len(data) if entry_open and not may_be_torn else None
