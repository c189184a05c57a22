"""The built-in partitioned log: one hash-chained commit log, payload in single-writer files."""
