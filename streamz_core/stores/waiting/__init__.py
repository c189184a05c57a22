"""Stores of joins for records that wait for their time: (time, key) -> records, in this order."""
