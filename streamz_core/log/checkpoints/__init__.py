"""Checkpoints: what the log says at one durable record, so that nobody has to read it from its beginning."""
