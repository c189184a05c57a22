"""`streamz run`: a supervisor, its workers, and what they say of themselves."""
