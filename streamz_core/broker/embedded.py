"""The embedded log as a broker: where a home lies, and one open handle on its log."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from streamz_core.env.door import Env
from streamz_core.log.limits import Limits
from streamz_core.log.log import Log
from streamz_core.log.records.state import Topic
from streamz_core.log.transaction import Transaction


class Broker:
    """An open home directory. Share one among the producers and consumers of a thread."""

    def __init__(  # noqa: PLR0913 - options are keywords
        self,
        env: Env,
        home: str,
        *,
        durability: str | None = None,
        durability_if_new: str | None = None,
        create: bool = True,
        limits: Limits | None = None,
    ) -> None:
        """Open the log in `home`/log, made if it is missing and `create` allows it.

        `durability` "power" or "process" is fixed when a log is made; asking for another is Misuse.
        `durability_if_new` is that of a log that is made now, and asks nothing of one that is there.
        """
        self.env = env
        self.home = home
        self.log = Log.open(
            env,
            f"{home}/log",
            level=durability,
            level_if_new=durability_if_new,
            create=create,
            limits=limits,
        )

    def topic(self, name: str) -> Topic:
        """The topic; UnknownTopic names those there are."""
        if name not in self.log.state.names:
            self.log.refresh()
        return self.log.topic(name)

    def transaction(self) -> Transaction:
        """An empty transaction: outputs and moves of consumed offsets, committed together."""
        return Transaction(self.log)

    def close(self) -> None:
        """Close the log; producers and consumers on it are of no use any more."""
        self.log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
