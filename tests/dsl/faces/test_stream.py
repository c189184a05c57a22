"""Streams: steps in order, decorated functions that stay functions."""

import inspect

import pytest

from streamz_core.dsl.faces.stream import Step, Stream


def short(text: str) -> bool:
    """Whether it is short."""
    return len(text) < 5


def test_the_decorated_name_stays_the_function(texts):
    step = texts.filter(short)
    assert step("abc") is True
    assert step("abcdef") is False
    assert step.__wrapped__ is short
    assert (step.__name__, step.__doc__, step.__module__) == ("short", short.__doc__, __name__)
    assert inspect.signature(step) == inspect.signature(short)
    assert repr(step) == "<Step short>"
    assert repr(texts) == "<Stream texts>"


def test_a_decorated_function_may_be_used_again_as_a_function(app, texts, built):
    step = texts.filter(short)
    app.stream("more", value=str).filter(step, name="again")
    assert built("again").fn.call is short


def test_the_user_functions_go_in_unwrapped(texts, built):
    texts.filter(short)
    assert built("short").fn.call is short


def test_an_unknown_option_is_pythons_own_type_error(texts):
    for make in (
        lambda: texts.filter(short, keep=True),
        lambda: texts.process(with_key=True),
        lambda: texts.select_key(value=str),
        lambda: texts.to("out", store=1),
    ):
        with pytest.raises(TypeError, match="got an unexpected keyword argument"):
            make()


def test_a_step_is_a_stream(texts):
    assert isinstance(texts.filter(short), Step)
    assert isinstance(texts.filter(short).peek(print), Stream)
