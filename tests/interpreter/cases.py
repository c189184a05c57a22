"""A recorded case through the interpreter, record by record."""

from __future__ import annotations

from typing import Any

from tests.conformance.cases import Case
from tests.conformance.compare import Observed
from tests.interpreter.interpreter import Interpreter

Spec = dict[str, Any]


def observe(case: Case) -> Observed:
    """What comes out, and the stores that the case tells."""
    interpreter = Interpreter(case.nodes, memory=case.config.get("stores") == "memory")
    topics = [
        topic
        for node in case.nodes
        if node["op"] == "to"
        for topic in node.get("topics") or [node["topic"]]
    ]
    seen = dict.fromkeys(topics, 0)
    outputs: list[Spec] = []
    for index, entry in enumerate(case.inputs):
        interpreter.feed([entry])
        for topic in seen:
            records = interpreter.outputs(topic)[0]
            outputs += [record | {"after": index} for record in records[seen[topic] :]]
            seen[topic] = len(records)
    stores = {name: _rows(case, interpreter, name) for name in case.stores_expected}
    return Observed(outputs, stores)


def _rows(case: Case, interpreter: Interpreter, store: str) -> list[Any]:
    if any(node.get("store") == store and "versioned" in node for node in case.nodes):
        return [
            [key, at, *interpreter.version(store, key, None if at == "latest" else at)]
            for key, at, *_ in case.stores_expected[store]
        ]
    rows = interpreter.rows(store)
    if not interpreter.has_sessions(store):
        return rows
    # Of sessions a case tells only those of keys that occur in its inputs.
    keys = {entry.get("key") for entry in case.inputs}
    return [row for row in rows if row[0] in keys]
