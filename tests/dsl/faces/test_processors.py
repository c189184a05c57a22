"""Operators that are handed whole records."""

from collections.abc import Iterator

import pytest

from streamz_core.record import Record
from streamz_core.topology import nodes as n


def test_processors(app, texts, built):
    seen = app.store("seen", key=str, value=int)

    @texts.process(store=seen)
    def relabel(record, context, seen) -> Iterator[Record[int, str]]:
        yield record

    texts.process_values(lambda record, context: [], name="same")
    assert list(relabel("record", None, {})) == ["record"]
    node = built("relabel")
    assert type(node) is n.Process
    assert [store.name for store in node.fn.stores] == ["seen"]
    assert type(built("same")) is n.ProcessValues


def test_a_record_has_its_key_already(texts):
    with pytest.raises(TypeError, match="unexpected keyword argument 'with_key'"):
        texts.process(with_key=True)
