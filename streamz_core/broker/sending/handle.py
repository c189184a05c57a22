"""The handle on the log that a producer writes with."""

from __future__ import annotations

from streamz_core.broker.backend import Backend
from streamz_core.broker.embedded import Broker


class Handle:
    """The producer's own handle on the log: the broker's, if that is owned, else a second one."""

    def __init__(self, broker: Broker, *, owned: bool) -> None:
        self._broker = broker
        self._owned = owned
        self._backend: Backend | None = None

    def get(self) -> Backend:
        """The handle, for the thread that asks first."""
        if self._backend is None:
            if self._owned:
                self._broker.backend.adopt()
                self._backend = self._broker.backend
            else:
                self._backend = self._broker.another()
        return self._backend

    def close(self) -> None:
        """Let go of it; of an owned one that nobody used, too."""
        if self._owned or self._backend is not None:
            self.get().close()
