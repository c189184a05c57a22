"""What an app's own methods take, as `help()` shows it."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from streamz_core.app import App
from streamz_core.broker.consumer import Consumer
from streamz_core.broker.producer import Producer
from streamz_core.errors import Misuse
from streamz_core.testing import AppTest

OWN = {"self", "broker", "topics", "topic", "codecs", "app", "owns_broker", "key", "value"}


@pytest.mark.parametrize(
    "method, made", [(App.producer, Producer), (App.consumer, Consumer), (App.test, AppTest)]
)
def test_the_options_are_those_of_what_is_made(method: object, made: type) -> None:
    told, wanted = (
        {
            name: (one.default, one.kind)
            for name, one in inspect.signature(call).parameters.items()
            if name not in OWN
        }
        for call in (method, made)
    )
    assert told == wanted


def test_an_app_has_an_admin_of_its_own(tmp_path: Path) -> None:
    app = App("shop", home=str(tmp_path / "home"), durability="process")
    with app.admin() as admin:
        admin.create_topic("clicks", 2)
        assert admin.alter_topic("clicks", partitions=3).partitions == 3
    with pytest.raises(Misuse, match="closed"):
        admin.topics()


@pytest.mark.parametrize(
    "wrong, error",
    [(5, TypeError), (b"/srv", TypeError), ("", Misuse), (" ", Misuse), ("/srv/\0", Misuse)],
)
def test_what_is_no_home_is_refused_where_it_is_said(wrong: Any, error: type[Exception]) -> None:
    """Nothing is what a variable gives that nobody set: not the default."""
    with pytest.raises(error, match="home is "):
        App("shop", home=wrong)


def test_a_home_may_be_a_path(tmp_path: Path) -> None:
    assert App("shop", home=tmp_path / "home").home() == f"{tmp_path}/home"
