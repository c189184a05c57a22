"""Payload: data files of writers, and batches of records by the column."""
