"""Emitter of print: a line of text for every record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from streamz_core.lines.flows import Flow
from streamz_core.lines.lines import Emitter, Lines
from streamz_core.topology.nodes import Node, Print


def print_records(lines: Lines, node: Print, _port: int, flow: Flow) -> None:
    """Kafka: KStreamPrint, Printed.toSysOut and toFile."""
    made = lines.constant("printing", printing)
    expression = f"{made}(printer({node.file!r}), {node.label!r})"
    show = lines.bound(f"print_{node.label}", expression)
    lines.add(f"{show}({flow.key.obj(lines)}, {flow.value.obj(lines)})")


def printing(write: Callable[[str], None], label: str) -> Callable[[Any, Any], None]:
    """A function that writes `[label]: key, value`, both as `str` shows them."""

    def show(key: Any, value: Any) -> None:
        write(f"[{label}]: {key}, {value}")

    return show


EMITTERS: Mapping[type[Node], Emitter] = {Print: print_records}
