"""What a consumer tells the program when partitions come and go."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen

from streamz_core.broker.receiving.topics import Where

Told = Callable[[Any, Sequence[Where]], object]
"""Takes the consumer, and the partitions, as (topic, partition)."""


def _nothing(_: Any, __: Sequence[Where]) -> None:
    """Nobody listens."""


@frozen
class Listeners:
    """`revoked` is told before they go, `lost` of those that went already; without one as `revoked`."""

    assigned: Told = _nothing
    revoked: Told = _nothing
    lost: Told = _nothing

    @classmethod
    def of(cls, assigned: Told | None, revoked: Told | None, lost: Told | None) -> Listeners:
        """Those that there are; TypeError for what cannot be called."""
        named = {"on_assigned": assigned, "on_revoked": revoked, "on_lost": lost}
        for name, one in named.items():
            if one is not None and not callable(one):
                raise TypeError(
                    f"{name} is {one!r:.80}; it has to be a function of (consumer, partitions)"
                )
        revoked = revoked or _nothing
        return cls(assigned or _nothing, revoked, lost or revoked)
