"""How a record looks on a line."""

import json

import pytest

from streamz_core.cli.topics.formats import Shown, json_line, layout, unescaped
from streamz_core.errors import Misuse
from streamz_core.record import Record


def shown(key=b"k", value=b"v", headers=()):
    return Shown(Record(key, value, 7, headers, topic="t", partition=2, offset=9))


@pytest.mark.parametrize(
    "text,line",
    [
        ("%t %p %o %T", b"t 2 9 7"),
        ("%k=%s", b"k=v"),
        ("%K,%S", b"1,1"),
        ("100%%", b"100%"),
        (r"a\tb\n", b"a\tb\n"),
        (r"\x41\q", b"A\\q"),
        ("", b""),
    ],
)
def test_letters_and_escapes(text, line):
    assert layout(text, None, null=False)(shown()) == line


@pytest.mark.parametrize("text,letter", [("%q", "%q"), ("%", "%"), ("%k%", "%")])
def test_an_unknown_letter_names_those_there_are(text, letter):
    with pytest.raises(Misuse, match=rf"-f: {letter} is unknown; there are %t .* %h and %%"):
        layout(text, None, null=False)


def test_without_a_format_it_is_the_value_and_the_key_on_wish():
    assert layout(None, None, null=False)(shown()) == b"v\n"
    assert layout(None, "%:", null=False)(shown()) == b"k%:v\n"


@pytest.mark.parametrize("null,line", [(False, b"| -1"), (True, b"NULL|NULL -1")])
def test_null_is_nothing_unless_it_is_asked_for(null, line):
    given = layout("%k|%s %K", None, null=null)(shown(None, None))
    assert given == line


def test_headers_and_values_that_are_no_bytes():
    headers = (("a", b"1"), ("b", None))
    assert layout("%h", None, null=False)(shown(headers=headers)) == b"a=1,b="
    assert layout("%k %s %S", None, null=False)(shown("é", {"a": 1})) == 'é {"a":1} 7'.encode()


def test_json_shows_text_as_text_and_other_bytes_as_base64():
    told = json.loads(json_line(shown(b"\xff", "é".encode(), (("a", b"1"),))))
    assert (told["key"], told["value"]) == ({"base64": "/w=="}, "é")
    assert told["headers"] == [["a", "1"]]
    assert json_line(shown()).endswith(b"}\n")


def test_a_delimiter_may_be_escaped():
    assert unescaped(r"\t|\x3a|%k") == "\t|:|%k"
