"""The handle on the log that a producer writes with."""

from __future__ import annotations

from contextlib import suppress

from streamz_core.broker.backend import Backend
from streamz_core.broker.embedded import Broker
from streamz_core.errors import StreamzError


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

    def close(self, *, leave: bool) -> None:
        """Let go of it; of an owned one that nobody used, too. `leave`: it is a member, and says goodbye."""
        if self._owned or self._backend is not None:
            backend = self.get()
            if leave:
                with suppress(StreamzError):  # others see that it is gone
                    backend.listen(())
            backend.close()
