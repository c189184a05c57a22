"""Which rows of one table refer to a row of another: the store of a foreign-key join."""
