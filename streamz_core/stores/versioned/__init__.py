"""Stores of versions: (key, timestamp) -> value, of each key the latest one and those of the last while."""
