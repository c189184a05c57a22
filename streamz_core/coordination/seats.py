"""Whom an assignment means: a member that has a name keeps what it had when another process goes on under it."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

STATIC = "member"
"""In a member's info: the name it has beyond the life of its process (Kafka: group.instance.id)."""

SESSION_MS = "session_ms"
"""In a member's info: for how long what it had is kept for it when it is dead."""

POLL_MS = "poll_ms"
"""In a member's info: after how long without a sign of it others take over what it has."""

_BYTES = 8  # as long as an incarnation


def seat_of(incarnation: bytes, info: Mapping[str, Any]) -> bytes:
    """What an assignment calls a member."""
    name = info.get(STATIC)
    if not isinstance(name, str) or not name:
        return incarnation
    return blake2b(name.encode(), digest_size=_BYTES).digest()
