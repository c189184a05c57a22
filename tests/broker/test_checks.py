"""What is checked where it enters."""

from __future__ import annotations

import pytest

from streamz_core.broker.checks import group_of
from streamz_core.errors import Misuse


@pytest.mark.parametrize(
    "group, error",
    [("", Misuse), (" ", Misuse), ("g" * 1001, Misuse), ("\ud800", Misuse), (7, TypeError)],
)
def test_a_group_has_a_name(group: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="group"):
        group_of(group)


def test_who_says_no_group_has_none() -> None:
    assert (group_of(None), group_of("g")) == ("", "g")
