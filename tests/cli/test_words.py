"""What options take, and how one that is wrong is named."""

from argparse import ArgumentParser, ArgumentTypeError

import pytest

from streamz_core.cli.words import NUMBER_MAX, check_text, filled, number, positive, whole
from streamz_core.errors import Misuse

HUGE = "9" * 5000  # more digits than Python turns into a number


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (filled, "x", "x"),
        (filled, " ", " "),
        (number, "-5", -5),
        (number, str(NUMBER_MAX), NUMBER_MAX),
        (whole, "0", 0),
        (positive, "1", 1),
    ],
)
def test_what_is_taken(kind, text, value):
    assert kind(text) == value


@pytest.mark.parametrize(
    "kind, text, says",
    [
        (filled, "", "it is empty"),
        (number, "", "'' is no whole number"),
        (number, "1.5", "'1.5' is no whole number"),
        (number, HUGE, "is no whole number"),
        (number, str(NUMBER_MAX + 1), "is too large; at most"),
        (number, str(-NUMBER_MAX - 1), "is too large; at most"),
        (whole, "-1", "-1; it must be 0 or more"),
        (positive, "0", "0; it must be 1 or more"),
        (positive, "x", "'x' is no whole number"),
    ],
)
def test_what_is_refused_is_short_and_names_the_option(kind, text, says, capsys):
    with pytest.raises(ArgumentTypeError, match=says) as caught:
        kind(text)
    assert len(str(caught.value)) < 120
    parser = ArgumentParser()
    parser.add_argument("-c", type=kind)
    with pytest.raises(SystemExit):
        parser.parse_args([f"-c{text}"] if text else ["-c", text])
    assert "argument -c: " in capsys.readouterr().err


def test_bytes_that_are_no_text_are_refused():
    check_text(["a", "ä", ""])
    with pytest.raises(Misuse, match=r"'--key=\\udcff' is not UTF-8"):
        check_text(["a", b"--key=\xff".decode("utf-8", "surrogateescape")])
