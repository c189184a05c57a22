"""Stores as a task has them: one file for each kind."""
