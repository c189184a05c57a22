"""Stores as a task has them: one room for each kind."""
