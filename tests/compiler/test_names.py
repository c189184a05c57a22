"""Identifiers of generated text."""

import keyword

import pytest

from streamz_core.compiler.names import Names, words


@pytest.mark.parametrize(
    "hint, name",
    [
        ("hits", "hits"),
        ("hits-per-minute", "hits_per_minute"),
        ("<lambda>", "lambda2"),
        ("3d", "n3d"),
        ("é", "made"),
        ("", "made"),
        ("for", "for2"),
        ("zip", "zip2"),
        ("drop", "drop2"),
        ("__", "made"),
    ],
)
def test_any_hint_becomes_an_identifier(hint, name):
    made = Names().fresh(hint)
    assert made == name
    assert made.isidentifier()
    assert not keyword.iskeyword(made)


def test_no_name_is_given_twice():
    names = Names()
    assert [names.fresh("value") for _ in range(3)] == ["value", "value2", "value3"]


def test_names_of_one_function_are_free_in_the_next():
    outer = Names()
    first = outer.inner()
    assert first.fresh("value") == "value"
    second = outer.inner()
    assert second.fresh("value") == "value"


def test_a_name_around_functions_is_none_of_theirs():
    outer = Names()
    inner = outer.inner()
    inner.fresh("hits")
    assert outer.fresh("hits") == "hits2"
    assert outer.inner().fresh("hits2") == "hits22"


def test_words_in_strings_are_no_names():
    assert words("drop('null-key', \"it's\") + x1") == {"drop", "x1"}
    assert words(r"f('a\'b') + g('c')") == {"f", "g"}


def test_reserved_names_are_never_handed_out():
    names = Names()
    names.reserve(["keys"])
    assert names.fresh("keys") == "keys2"
    assert names.inner().fresh("keys") == "keys3"
