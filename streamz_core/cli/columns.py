"""Rows on stdout: columns under their names, or JSON."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any


def add_json(parser: argparse._ActionsContainer) -> None:
    """--json, for commands that show rows."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def show(columns: Sequence[str], rows: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    """A line for each row: JSON, or columns under their names."""
    if as_json:
        for row in rows:
            print(json.dumps(row, separators=(",", ":")))
        return
    lines = [tuple(name.upper() for name in columns)]
    lines += [tuple(str(row[name]) for name in columns) for row in rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns))]
    for line in lines:
        print(
            "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        )
