"""Topics of a test, whose types are those of the app's own description, or said."""

from typing import Any, assert_type

from attrs import frozen

from streamz_core import App, Record
from streamz_core.testing import AppTest, InputTopic, OutputTopic


@frozen
class Click:
    user: str
    url: str


app = App("shop")
clicks = app.topic("clicks", key=str, value=Click)
app.stream(clicks).map_values(lambda click: click.url, value=str).to("urls")


def described(t: AppTest) -> None:
    sent = t.input_topic(clicks, start=0, advance="1s")
    assert_type(sent, InputTopic[str, Click])
    sent.pipe_input(Click("ann", "/"))
    sent.pipe_input("a", Click("ann", "/"), timestamp=5, headers={"trace": b"7"})
    sent.pipe_input("a", None)
    sent.pipe_input(Record("a", Click("ann", "/"), 0))
    sent.pipe_value_list([Click("ann", "/")], start=0, advance="1s")
    sent.pipe_key_value_list([("a", Click("ann", "/"))])
    sent.pipe_record_list([Record("a", Click("ann", "/"), 0)])
    sent.advance_time("1h")
    assert_type(t.output_topic(clicks), OutputTopic[str, Click])


def said(t: AppTest) -> None:
    urls = t.output_topic("urls", key=str, value=str)
    assert_type(urls, OutputTopic[str, str])
    assert_type(urls.read_value(), str)
    assert_type(urls.read_key_value(), tuple[str, str])
    assert_type(urls.read_record(), Record[str, str])
    assert_type(urls.read_values_to_list(), list[str])
    assert_type(urls.read_key_values_to_list(), list[tuple[str, str]])
    assert_type(urls.read_key_values_to_map(), dict[str, str])
    assert_type(urls.read_records_to_list(), list[Record[str, str]])
    assert_type(urls.is_empty, bool)
    assert_type(urls.queue_size, int)
    assert_type(t.input_topic("clicks", key=str, value=Click), InputTopic[str, Click])


def as_the_app_says(t: AppTest) -> None:
    assert_type(t.input_topic("clicks"), InputTopic[Any, Any])
    assert_type(t.output_topic("urls").read_value(), Any)
