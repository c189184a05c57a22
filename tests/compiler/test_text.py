"""Lines with their depth and their node."""

from streamz_core.compiler.text import Text


def test_blocks_stand_deeper_and_are_never_empty():
    text = Text()
    with text.block("if a:"):
        text.add("b")
        with text.block("if c:"):
            pass
    text.add("d")
    assert text.shown() == "if a:\n    b\n    if c:\n        pass\nd\n"


def test_a_text_is_put_at_the_present_depth():
    inner = Text()
    with inner.block("if a:"):
        inner.add("b")
    text = Text()
    with text.block("def f():"):
        text.put(inner)
        text.add("")
    assert text.shown() == "def f():\n    if a:\n        b\n\n"
