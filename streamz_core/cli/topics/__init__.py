"""`streamz topics`: what there is on a log, and records in and out of it."""
