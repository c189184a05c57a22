"""Stores key -> value: "timestamped" ones behind tables and aggregates, "plain" ones of the user."""
