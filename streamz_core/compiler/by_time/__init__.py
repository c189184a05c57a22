"""Entries that time calls for, not records: rows that are over, and time that goes on by itself."""
