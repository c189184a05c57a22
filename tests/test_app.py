"""What an app's own methods take, as `help()` shows it."""

from __future__ import annotations

import inspect
from pathlib import Path

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
