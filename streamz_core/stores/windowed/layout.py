"""How the rows of a kind of window store lie: by their start, or of sessions by their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from streamz_core.codecs.windowed import split_start
from streamz_core.record import Windowed
from streamz_core.stores.rows import Row, loaded
from streamz_core.topology.nodes import AnyCodec
from streamz_state.keys import SESSION_TAIL, WINDOW_TAIL, Tail, unstamp

Place = tuple[int, int]
"""Where a row of a key lies: its time, and what tells it from others of that time. Start and
sequence number; end and start of a session."""


@frozen
class Layout:
    """`tail`: how places are written. `split`: from the bytes of a windowed key, which must not be cut, to
    those of its key and the place of its row. `by_end`: the time of a row is the end of its window.
    `stamped`: rows have a timestamp before their value; otherwise it is their time. `edge_ms`: how much
    longer than their retention rows are shown.
    """

    tail: Tail
    split: Callable[[bytes], tuple[bytes, Place]]
    by_end: bool = False
    stamped: bool = True
    edge_ms: int = 0

    def time(self, window: Windowed[Any]) -> int:
        """The time of a window's row."""
        return window.end if self.by_end else window.start

    def row(self, codec: AnyCodec, data: bytes, time: int) -> Row:
        """The row of what the database holds at a time."""
        if self.stamped:
            timestamp, value = unstamp(data)
            return loaded(codec, value, timestamp)
        return loaded(codec, data, time)


def _at_start(windowed_key: bytes) -> tuple[bytes, Place]:
    key, start = split_start(windowed_key)
    return key, (start, 0)


def _at_end(windowed_key: bytes) -> tuple[bytes, Place]:
    end, start = SESSION_TAIL.unpack_from(windowed_key, len(windowed_key) - SESSION_TAIL.size)
    return windowed_key[: -SESSION_TAIL.size], (end, start)


BY_START = Layout(WINDOW_TAIL, _at_start)
# A session takes records until its end is before stream time - gap - grace: one that ends there must be
# seen, though it is as old as retention (Kafka hides it: `session-edge` in tests/vectors).
BY_END = Layout(SESSION_TAIL, _at_end, by_end=True, stamped=False, edge_ms=1)
