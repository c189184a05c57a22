"""Window stores in time: which segment a start lies in, which are over, which rows a fetch reads."""

from collections.abc import Iterator

from attrs import Factory, field, frozen

from streamz_state.database import Reader
from streamz_state.keys import HEAD_BYTES, TAIL_BYTES, segments_range, window_range

SEGMENT_MS_MIN = 60_000


@frozen
class Segments:
    """How the rows of one window store are cut by time. `prefix`: keys.store_prefix of the store."""

    prefix: bytes
    retention_ms: int
    segment_ms: int = field(  # Kafka: Stores.persistentWindowStore
        init=False,
        default=Factory(lambda self: max(self.retention_ms // 2, SEGMENT_MS_MIN), takes_self=True),
    )

    def of(self, start_ms: int) -> int:
        """The segment of the windows that begin at `start_ms`."""
        return start_ms // self.segment_ms

    def first_live(self, newest_ms: int) -> int:
        """The first segment that stays when `newest_ms` is the largest start put so far.

        It holds the oldest start that retention covers (Kafka: AbstractSegments, minLiveSegment).
        """
        return self.of(max(newest_ms - self.retention_ms, 0))

    def expired_range(self, newest_ms: int) -> tuple[bytes, bytes] | None:
        """[start, end) of the rows of all segments that are over at `newest_ms`; None: none is."""
        first_live = self.first_live(newest_ms)
        return segments_range(self.prefix, 0, first_live - 1) if first_live else None

    def fetch_ranges(
        self, key: bytes, start_from: int, start_to: int
    ) -> Iterator[tuple[bytes, bytes]]:
        """Where the windows of `key` with start_from <= start <= start_to lie, one range a segment.

        Ask for a span within retention: every segment of it is named, stored or not. Longer keys
        that begin with `key` may lie between (see keys.window_range).
        """
        for segment in range(self.of(start_from), self.of(start_to) + 1):
            first = max(start_from, segment * self.segment_ms)
            last = min(start_to, (segment + 1) * self.segment_ms - 1)
            yield window_range(self.prefix, segment, key, first, last)

    def fetch(
        self, reader: Reader, key: bytes, start_from: int, start_to: int
    ) -> Iterator[tuple[bytes, bytes]]:
        """Rows of the windows of `key` with start_from <= start <= start_to, the earliest first."""
        row_key_bytes = HEAD_BYTES + len(key) + TAIL_BYTES
        for start, end in self.fetch_ranges(key, start_from, start_to):
            for row in reader.scan(start, end):
                if len(row[0]) == row_key_bytes:
                    yield row
