"""Kafka's serdes for its own types, byte for byte, where Python's plain types are written otherwise."""
