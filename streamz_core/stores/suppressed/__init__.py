"""Stores of suppress: changes of a table that are held back, in order of time."""
