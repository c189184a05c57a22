"""Which unmatched records are over, as far as Kafka looks for them."""

from __future__ import annotations

from streamz_core.stores.places import Place, Places

NEVER = 2**62
"""The time of the oldest record where there is none; it fits into a position, and none reaches it."""


def expired(places: Places, right_from: int, left_from: int) -> tuple[list[Place], int]:
    """Rows of the right before `right_from` and of the left before `left_from`, in order; and the
    time of the last row that was looked at, NEVER if there was none.

    Kafka looks as far as the row behind the first of each side that is not over; if a side has
    none of those, at all rows (KStreamKStreamJoin.emitNonJoinedOuterRecords).
    """
    found: list[Place] = []
    last, right_open, left_open = NEVER, False, False
    for time, tail in places.in_order():
        last = time
        if left_open and right_open:
            break
        if tail[0]:
            is_open = left_open = time >= left_from
        else:
            is_open = right_open = time >= right_from
        if not is_open:
            found.append((time, tail))
    return found, last
