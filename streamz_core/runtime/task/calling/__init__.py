"""Calls that a task waits for: which are under way, and when it stops to wait for all of them."""
