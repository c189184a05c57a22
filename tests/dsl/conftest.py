"""An app with a stream of texts, and what was built of it."""

import pytest

from streamz_core.dsl.builder import Builder


@pytest.fixture
def app():
    return Builder("shop")


@pytest.fixture
def texts(app):
    return app.stream("texts", key=str, value=str)


@pytest.fixture
def users(app):
    return app.table("users", key=str, value=str)


@pytest.fixture
def built(app):
    """The node of a name."""
    return lambda name: {node.name: node for node in app.build().nodes}[name]
