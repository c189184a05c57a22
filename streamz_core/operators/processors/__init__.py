"""Functions that see whole records: process, and what it can ask."""
