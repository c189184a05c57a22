"""How long a battery may take."""

from __future__ import annotations

import argparse


def seconds(text: str) -> float:
    """Seconds of "60s", "5m" or "60"."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    try:
        return float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: 60s, 5m, 1h") from None
