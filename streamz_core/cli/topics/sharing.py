"""What `consume -G` wants: the share of a group, remembered when it was printed."""

from __future__ import annotations

from typing import Any

from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.codecs.codec import Codec
from streamz_core.errors import Misuse

POLL_S = 0.1
STARTS = {"beginning": "earliest", "earliest": "earliest", "end": "latest", "latest": "latest"}


class Sharing:
    """As Reading, for a member of a group: what cannot be read ends it, with its error."""

    over = False

    def __init__(
        self,
        broker: Broker,
        topic: str,
        codecs: tuple[Codec[Any], Codec[Any]],
        group: str,
        start: str,
    ) -> None:
        """Misuse for a start that cannot be of a group."""
        if start not in STARTS:
            raise Misuse(
                f"-o {start} with -G: a group goes on where it stands, and begins at the beginning or the end; to move it: "
                "streamz groups reset-offsets"
            )
        key, value = codecs
        self.unread: dict[tuple[str, int], object] = {}
        self._consumer = Consumer(
            broker, [topic], key=key, value=value, group=group, start=STARTS[start]
        )

    @property
    def at_end(self) -> bool:
        """Whether all there is for this member was given, and nothing is on its way to it."""
        return self._consumer.at_end()

    def some(self, most: int) -> list[Any]:
        """The next records; none after a while without any."""
        return self._consumer.poll(POLL_S, most)

    def printed(self) -> None:
        """The group has what was given."""
        self._consumer.commit()

    def tell_unread(self) -> None:
        """Nothing was left."""

    def close(self) -> None:
        self._consumer.close()
