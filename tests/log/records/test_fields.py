"""What may stand in a field, at its bounds."""

from __future__ import annotations

import pytest

from streamz_core.log.records import fields


@pytest.mark.parametrize("value", [0, 1, 7])
def test_whole_numbers_in_their_bounds(value: object) -> None:
    assert fields.whole("it", value, 0, 7) == ""


@pytest.mark.parametrize("value", [-1, 8, True, 1.0, "1", None, 1 << 200])
def test_other_numbers(value: object) -> None:
    assert fields.whole("it", value, 0, 7).startswith("it is ")
    assert fields.whole("it", value, 0, 7).endswith("a whole number from 0 to 7")


def test_rows_of_numbers_are_told_by_their_first_wrong_column() -> None:
    row = fields.Numbers(("this", 1, 7), ("that", 0, 9))
    assert row.refuse([1, 0]) == row.refuse((7, 9)) == ""
    for wrong in ([0, 0], [8, 0], [True, 0], ["1", 0], [None, -1]):
        assert row.refuse(wrong) == fields.whole("this", wrong[0], 1, 7) != ""
    assert row.refuse([1, 10]) == "that is 10, and has to be a whole number from 0 to 9"


def test_text_is_measured_in_bytes() -> None:
    assert fields.text("it", "ä" * 2, 4) == ""
    assert fields.text("it", "ä" * 2, 3) == "it is 'ää', and has to be text of at most 3 bytes"
    assert fields.text("it", b"a") != ""


def test_bytes_have_a_length() -> None:
    assert fields.raw("it", b"abcd", 4, 4) == ""
    assert fields.raw("it", b"abc", 4, 4) == "it is b'abc', and has to be 4 bytes"
    assert fields.raw("it", b"", 1, 4) == "it is b'', and has to be 1 to 4 bytes"
    assert fields.raw("it", "abcd", 4, 4) != ""
    assert fields.incarnation(b"12345678") == ""
    assert fields.incarnation(b"1234567") != ""


def test_dicts_have_text_as_keys() -> None:
    assert fields.mapping("it", {"a": [1]}) == ""
    assert fields.mapping("it", {b"a": 1}) != ""
    assert fields.mapping("it", [("a", 1)]) != ""


def test_rows_have_their_columns() -> None:
    assert fields.rows("it", [[1, 2], [3, 4]], 2) == ""
    assert fields.rows("it", [[1, 2], [3]], 2) != ""
    assert fields.rows("it", [(1, 2)], 2) != ""
    assert fields.rows("it", 5, 2) != ""


def test_what_is_told_of_a_wrong_value_is_short() -> None:
    assert len(fields.text("it", "x" * 10_000)) < 200
