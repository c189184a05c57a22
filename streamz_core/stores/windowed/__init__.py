"""Stores (key, window start) -> value: rows of "window" and "ordered" lie alike, overlays differ."""
