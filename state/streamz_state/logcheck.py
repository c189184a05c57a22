"""Finds the damage in RocksDB's log files on which opening the database would never return.

A single flipped bit in a record's type byte can turn it into a "recyclable" type. Inside a log that
was not recycled, RocksDB's reader answers "bad record" without moving on, and tries again for ever,
with the interpreter's lock held: no timeout and no signal gets through. We never recycle logs, so
such a type is always damage. Everything else RocksDB judges better itself, checksums included.
"""

from struct import Struct

BLOCK_BYTES = 32 * 1024  # records never cross a block: each block is a chain of its own
RECYCLABLE_TYPES = frozenset((5, 6, 7, 8, 11, 131))  # RocksDB: db/log_format.h

_HEADER = Struct("<IHB")  # crc32c, payload bytes, type
assert _HEADER.size == 7


def find_recyclable(data: bytes) -> int | None:
    """Where the first record of a recyclable type begins in a MANIFEST or WAL; None if nowhere.

    Each block is followed to its first record that is cut short or of type 0: there the log ends,
    or RocksDB sees the damage.
    """
    header_bytes = _HEADER.size
    for block in range(0, len(data), BLOCK_BYTES):
        block_end = min(block + BLOCK_BYTES, len(data))
        position = block
        while position + header_bytes <= block_end:
            _, payload_bytes, kind = _HEADER.unpack_from(data, position)
            if kind in RECYCLABLE_TYPES:
                return position
            if kind == 0:
                break
            position += header_bytes + payload_bytes
    return None
