"""Saved and unsaved rows as one sequence."""

from hypothesis import given
from hypothesis import strategies as st

from streamz_core.stores.merged import merged

KEYS = st.sampled_from([b"", b"a", b"a\x00", b"b", b"c"])


@given(st.dictionaries(KEYS, st.integers()), st.dictionaries(KEYS, st.integers() | st.none()))
def test_changed_rows_stand_for_saved_ones_and_none_deletes(saved, changed):
    both = {**saved, **changed}
    expected = sorted((key, row) for key, row in both.items() if row is not None)
    assert list(merged(sorted(saved.items()), changed)) == expected


@given(st.dictionaries(KEYS, st.integers()), st.dictionaries(KEYS, st.integers() | st.none()))
def test_from_behind_it_is_the_same_sequence(saved, changed):
    back = merged(sorted(saved.items(), reverse=True), changed, reverse=True)
    assert list(back)[::-1] == list(merged(sorted(saved.items()), changed))
