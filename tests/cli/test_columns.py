"""Rows as columns and as JSON."""

from streamz_core.cli.columns import show

ROWS = [{"topic": "a", "records": 10, "more": 1}, {"topic": "long", "records": 2, "more": 1}]


def test_columns_are_as_wide_as_their_widest(capsys):
    show(("topic", "records"), ROWS, as_json=False)
    assert capsys.readouterr().out == "TOPIC  RECORDS\na      10\nlong   2\n"


def test_without_rows_there_are_the_names(capsys):
    show(("topic",), [], as_json=False)
    assert capsys.readouterr().out == "TOPIC\n"
    show(("topic",), [], as_json=True)
    assert capsys.readouterr().out == ""


def test_json_is_an_object_a_line(capsys):
    show(("topic",), ROWS[:1], as_json=True)
    assert capsys.readouterr().out == '{"topic":"a","records":10,"more":1}\n'
