"""The recorded cases of `tests/vectors`, built with the public DSL and compared record by record."""
