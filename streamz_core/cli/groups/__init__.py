"""`streamz groups`: who reads what, how far behind, and moving it."""
