"""How much of what a log needs is done in a turn: what is due, or all there is to do."""

from __future__ import annotations

from collections.abc import Collection

from attrs import frozen

NEVER = (1 << 63) - 1


@frozen(kw_only=True)
class Asked:
    """`at_once`: what could be done is, whether it is worth it or not. `topics`: ids of those that are moved; None: all.
    `until`: the newest record whose payload is moved."""

    at_once: bool = False
    topics: Collection[int] | None = None
    until: int = NEVER

    def wants(self, topic: int) -> bool:
        """Whether a topic is among them."""
        return self.topics is None or topic in self.topics


DUE = Asked()
