"""Whom an assignment means."""

from __future__ import annotations

from streamz_core.coordination.seats import STATIC, seat_of

ME, OTHER = b"me......", b"other..."


def test_who_has_a_name_is_meant_by_it_whichever_process_it_is() -> None:
    named = {STATIC: "till 7"}
    assert seat_of(ME, named) == seat_of(OTHER, named) != seat_of(ME, {STATIC: "till 8"})
    assert len(seat_of(ME, named)) == len(ME)


def test_others_are_meant_themselves() -> None:
    assert seat_of(ME, {}) == seat_of(ME, {STATIC: ""}) == seat_of(ME, {STATIC: 7}) == ME
