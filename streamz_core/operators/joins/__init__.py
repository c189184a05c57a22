"""Joins: of a stream with a table, of two streams."""
