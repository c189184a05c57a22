"""What a promise needs of a broker: producers, consumers and an admin, as a process of its own has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from streamz_core.app import machine
from streamz_core.broker.admin import Admin
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.embedded import Broker
from streamz_core.broker.operating.tidying import tidy
from streamz_core.broker.producer import Producer
from streamz_core.broker.receiving.listening import Told
from streamz_core.codecs.plain import BYTES
from streamz_core.config import Config
from streamz_core.env.door import Env

Side = Literal["embedded", "kafka"]


class Clients(Protocol):
    """One process of a program that uses the broker. Keys and values are bytes."""

    @property
    def side(self) -> Side:
        """Which kind of broker it is: some promises only one of them can keep."""
        ...

    def fresh(self, name: str) -> str:
        """A name that no topic, group or producer of the broker ever had; it begins with `name`."""
        ...

    def admin(self) -> Admin:
        """What makes topics and moves groups."""
        ...

    def producer(
        self, *, id: str | None = None, linger_ms: float = 5, partitioner: str = "crc32"
    ) -> Producer[bytes, bytes]:
        """A producer; of that id, if it has one."""
        ...

    def consumer(  # noqa: PLR0913 - options are keywords
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: str = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        on_assigned: Told | None = None,
        on_revoked: Told | None = None,
    ) -> Consumer[bytes, bytes]:
        """A consumer that sees what is committed."""
        ...

    def tidy(self, topic: str) -> None:
        """Have everything of a topic go that may go, by age or by key; return when it has gone."""
        ...

    def close(self) -> None:
        """The process ends, and lets go of all that it has."""
        ...


class LocalClients:
    """A process that uses the built-in log of a home directory."""

    side: Side = "embedded"

    def __init__(self, home: str, config: Config | None = None, env: Env | None = None) -> None:
        """Open it, or make it; see open_backend. `env`: the machine; this one unless it is said."""
        self._env = env or machine()
        self._home = home
        self._broker = Broker(self._env, home, config)

    def fresh(self, name: str) -> str:
        """As Clients promises: the log's next number makes it one of its own."""
        self._broker.backend.refresh()
        return f"{name}-{self._broker.backend.mark.number}"

    def admin(self) -> Admin:
        """As Clients promises."""
        return Admin(self._broker)

    def producer(
        self, *, id: str | None = None, linger_ms: float = 5, partitioner: str = "crc32"
    ) -> Producer[bytes, bytes]:
        """As Clients promises."""
        return Producer(
            self._broker,
            key=BYTES,
            value=BYTES,
            id=id,
            linger_ms=linger_ms,
            partitioner=partitioner,
        )

    def consumer(  # noqa: PLR0913 - options are keywords
        self,
        topics: Sequence[str],
        *,
        group: str | None = None,
        start: str = "earliest",
        on_out_of_range: str = "error",
        commit: str = "manual",
        on_assigned: Told | None = None,
        on_revoked: Told | None = None,
    ) -> Consumer[bytes, bytes]:
        """As Clients promises."""
        return Consumer(
            self._broker,
            topics,
            key=BYTES,
            value=BYTES,
            group=group,
            start=start,
            on_out_of_range=on_out_of_range,
            commit=commit,
            on_assigned=on_assigned,
            on_revoked=on_revoked,
        )

    def tidy(self, topic: str) -> None:
        """As Clients promises."""
        tidy(self._env, self._home, [topic])

    def close(self) -> None:
        """As Clients promises."""
        self._broker.close()
