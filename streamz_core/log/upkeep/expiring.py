"""Groups, and ids of producers, that nobody uses any more: after a time they are forgotten."""

from __future__ import annotations

from streamz_core.log.log import Log
from streamz_core.log.records.removal import ExpireRecord, ForgetRecord
from streamz_core.log.records.state import State

RETENTION_MS = 7 * 24 * 3_600_000


def expire(log: Log, retention_ms: int = RETENTION_MS) -> list[str]:
    """The plain consumer groups whose offsets were forgotten by this call (Kafka: offsets.retention.minutes).

    Those are forgotten of which no member lived, and that committed nothing, for so long; the time counts
    from the first call that found it so. An app's offsets stay.
    """
    now_ms = max(log.env.now_ms(), 1)  # 0 says that nobody looked
    log.refresh()
    return [name for name in sorted(log.state.groups) if _look(log, name, now_ms, retention_ms)]


def _look(log: Log, name: str, now_ms: int, retention_ms: int) -> bool:
    """Whether the group was forgotten now. Whoever of it is dead is said to be."""
    group = log.state.groups[name]
    if group.apps or not (group.offsets or group.shares):
        return False
    for member in log.state.members_of(name):
        if not log.gone(member):
            return False
        log.leave(member.incarnation)

    def make(state: State) -> ExpireRecord | None:
        idle_ms = state.group(name).idle_ms
        record = ExpireRecord(name, now_ms, idle_ms > 0)
        due = not idle_ms or now_ms - idle_ms >= retention_ms
        return record if due and not record.refuse(state) else None

    log.append(make)
    found = log.state.group(name)
    return not (found.offsets or found.shares)


def forget(log: Log, retention_ms: int = RETENTION_MS) -> list[str]:
    """The ids of producers that were forgotten by this call (Kafka: transactional.id.expiration.ms): those whose
    producer is gone for so long. The time counts from the first call that found it so."""
    now_ms = max(log.env.now_ms(), 1)  # 0 says that nobody looked
    log.refresh()
    return [name for name in sorted(log.state.producers) if _gone(log, name, now_ms, retention_ms)]


def _gone(log: Log, name: str, now_ms: int, retention_ms: int) -> bool:
    owner = log.state.producers[name].incarnation
    if log.alive(owner):
        return False
    if owner in log.state.members:
        log.leave(owner)

    def make(state: State) -> ForgetRecord | None:
        known = state.producers.get(name)
        if known is None:
            return None
        record = ForgetRecord(name, now_ms, known.idle_ms > 0)
        due = not known.idle_ms or now_ms - known.idle_ms >= retention_ms
        return record if due and not record.refuse(state) else None

    log.append(make)
    return name not in log.state.producers
