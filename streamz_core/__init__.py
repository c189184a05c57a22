"""Kafka Streams for Python: the public face."""

__version__ = "0.1.0"
