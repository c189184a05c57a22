"""The bytes of keys and values (drawn in FORMAT.md): constants, encode, decode, ranges."""

from struct import Struct

from streamz_state.errors import StateCorrupt

STORE_NUMBER_MAX = 0xFFFE  # below 0xFFFF, so that every store's range has an end
SEGMENT_NONE = 0xFFFF_FFFF_FFFF_FFFF  # no window lies in it
USER_START = b"\x00\x01"  # the smallest key a store may use; store number 0 is bookkeeping
POSITION_KEY = b"\x00\x00position"

_U16 = Struct(">H")
_SEGMENT = Struct(">Q")
_TIMESTAMP = Struct(">q")


class Tail:
    """What stands behind the key of a row of windows: two numbers, the first a time in ms that says
    in which segment it lies; `most` is the largest second one.
    """

    __slots__ = ("most", "pack", "size", "unpack_from")

    def __init__(self, form: str, most: int) -> None:
        layout = Struct(form)
        self.pack = layout.pack
        self.unpack_from = layout.unpack_from
        self.size = layout.size
        self.most = most


WINDOW_TAIL = Tail(">QI", 0xFFFF_FFFF)
"""Start of the window, sequence number."""

SESSION_TAIL = Tail(">QQ", 0xFFFF_FFFF_FFFF_FFFF)
"""End of the session, its start."""

LATEST, OLDER = b"\x00", b"\x01"
"""What stands behind the number of a store of versions: whether a row is the latest version of its key."""

ROWS, DUE = b"\x00", b"\x01"
"""What stands behind the number of a store whose rows expire: a row, or when one was written."""

STORE_BYTES = _U16.size
SEGMENT_BYTES = _SEGMENT.size
TAIL_BYTES = WINDOW_TAIL.size
HEAD_BYTES = STORE_BYTES + SEGMENT_BYTES
TIMESTAMP_BYTES = _TIMESTAMP.size
assert (STORE_BYTES, SEGMENT_BYTES, TAIL_BYTES, TIMESTAMP_BYTES) == (2, 8, 12, 8)
assert SESSION_TAIL.size == 16

pack_segment = _SEGMENT.pack
pack_tail = WINDOW_TAIL.pack
pack_timestamp = _TIMESTAMP.pack


def store_prefix(number: int) -> bytes:
    """What every key of store `number` begins with. ValueError outside 1..STORE_NUMBER_MAX."""
    if not 1 <= number <= STORE_NUMBER_MAX:
        raise ValueError(f"store number {number} is not within 1..{STORE_NUMBER_MAX}")
    return _U16.pack(number)


def store_range(number: int, part: bytes = b"") -> tuple[bytes, bytes]:
    """[start, end) of all rows of store `number`, or of those in a part of it."""
    prefix = store_prefix(number) + part
    end = prefix_end(prefix)
    assert end is not None, "store numbers end before the last key"
    return prefix, end


def prefix_end(prefix: bytes) -> bytes | None:
    """The smallest key behind all keys that begin with `prefix`; None if there is none."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,)) if stem else None


# ---- windows: prefix | segment | key | start | seq; sessions: prefix | segment | key | end | start


def window_key(prefix: bytes, segment: int, key: bytes, start_ms: int, seq: int = 0) -> bytes:
    """The physical key of a window row; `start_ms` is not negative and lies in `segment`."""
    return prefix + pack_segment(segment) + key + pack_tail(start_ms, seq)


def split_window_key(row_key: bytes, tail: Tail = WINDOW_TAIL) -> tuple[bytes, int, int]:
    """Key, and the two numbers of the tail: start and sequence number, or end and start."""
    if len(row_key) < HEAD_BYTES + tail.size:
        raise StateCorrupt(f"{row_key!r} is too short for the key of a window row")
    behind = len(row_key) - tail.size
    time_ms, second = tail.unpack_from(row_key, behind)
    return row_key[HEAD_BYTES:behind], time_ms, second


def changelog_window_time(changelog_key: bytes, tail: Tail = WINDOW_TAIL) -> int:
    """The time in a changelog key that decides the segment of its row: start or end."""
    if len(changelog_key) < tail.size:
        raise StateCorrupt(f"{changelog_key!r} is too short for a changelog key of a window store")
    time_ms: int = tail.unpack_from(changelog_key, len(changelog_key) - tail.size)[0]
    return time_ms


def window_range(  # noqa: PLR0913 - the parts of a key
    prefix: bytes,
    segment: int,
    key: bytes,
    time_from: int,
    time_to: int,
    tail: Tail = WINDOW_TAIL,
) -> tuple[bytes, bytes]:
    """[start, end) around the rows of `key` in `segment` with time_from <= time <= time_to.

    Rows of longer and shorter keys may lie between them: a row is one of `key` if, and only if, its
    physical key has HEAD_BYTES + len(key) + tail.size bytes.
    """
    stem = prefix + pack_segment(segment) + key
    return stem + tail.pack(time_from, 0), stem + tail.pack(time_to, tail.most) + b"\x00"


def segments_range(prefix: bytes, first: int, last: int) -> tuple[bytes, bytes]:
    """[start, end) of all rows of the segments first..last, both included."""
    return prefix + pack_segment(first), prefix + pack_segment(last + 1)


def newest_start_key(prefix: bytes) -> bytes:
    """The key of the row that keeps a window store's stream time, behind all its segments."""
    return prefix + pack_segment(SEGMENT_NONE)


# ---- versions: prefix | LATEST | key, and prefix | OLDER | segment | key | timestamp


def versions_head(prefix: bytes, segment: int, key: bytes) -> bytes:
    """What the older versions of a key in a segment begin with; rows of longer keys may do so, too."""
    return prefix + OLDER + pack_segment(segment) + key


def split_version_key(row_key: bytes) -> tuple[bytes, int]:
    """Key and timestamp of an older version; StateCorrupt if it is cut."""
    if len(row_key) < _VERSION_HEAD_BYTES + TIMESTAMP_BYTES:
        raise StateCorrupt(f"{row_key!r} is too short for the key of a version")
    key, timestamp_ms = split_changelog_version(row_key[_VERSION_HEAD_BYTES:])
    return key, timestamp_ms


def split_changelog_version(changelog_key: bytes) -> tuple[bytes, int]:
    """Key and timestamp of a version in a changelog; StateCorrupt if it is cut."""
    behind = len(changelog_key) - TIMESTAMP_BYTES
    if behind < 0:
        raise StateCorrupt(f"{changelog_key!r} is too short for a changelog key of a version")
    timestamp_ms: int = _TIMESTAMP.unpack_from(changelog_key, behind)[0]
    return changelog_key[:behind], timestamp_ms


def pack_version(value: bytes | None) -> bytes:
    """What a version says: a value, or None for a delete, which is a version like others."""
    return _DELETE if value is None else _VALUE + value


def unpack_version(data: bytes) -> bytes | None:
    """What `pack_version` packed; StateCorrupt if it is nothing of that."""
    if data[:1] == _VALUE:
        return data[1:]
    if data != _DELETE:
        raise StateCorrupt(f"{data!r:.80} is no version")
    return None


_DELETE, _VALUE = b"\x00", b"\x01"
_VERSION_HEAD_BYTES = HEAD_BYTES + len(OLDER)


# ---- rows that expire: prefix | ROWS | key, and prefix | DUE | span | key


def due_key(prefix: bytes, span: int, key: bytes) -> bytes:
    """Where it stands that a row was written in a span of time; what that holds is nothing."""
    return prefix + DUE + pack_segment(span) + key


def split_due_key(due: bytes) -> tuple[int, bytes]:
    """Span and key; StateCorrupt if it is cut."""
    if len(due) < _DUE_HEAD_BYTES:
        raise StateCorrupt(f"{due!r} is too short to say when a row was written")
    span: int = _SEGMENT.unpack_from(due, STORE_BYTES + len(DUE))[0]
    return span, due[_DUE_HEAD_BYTES:]


def due_range(prefix: bytes, first: int, last: int) -> tuple[bytes, bytes]:
    """[start, end) of what was written in the spans first..last, both included."""
    return prefix + DUE + pack_segment(first), prefix + DUE + pack_segment(last + 1)


_DUE_HEAD_BYTES = HEAD_BYTES + len(DUE)


# ---- values of timestamped and window rows: timestamp | raw value


def stamp(timestamp_ms: int, value: bytes) -> bytes:
    """The row value of a timestamped or window store."""
    return pack_timestamp(timestamp_ms) + value


def unstamp(row_value: bytes) -> tuple[int, bytes]:
    """Timestamp and raw value of a row value; StateCorrupt if it holds no timestamp."""
    if len(row_value) < TIMESTAMP_BYTES:
        raise StateCorrupt(f"a row of {len(row_value)} bytes holds no timestamp")
    timestamp_ms: int = _TIMESTAMP.unpack_from(row_value)[0]
    return timestamp_ms, row_value[TIMESTAMP_BYTES:]
