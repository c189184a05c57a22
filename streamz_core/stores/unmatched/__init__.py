"""Stores of joins for records that met no other yet: (time, side, key) -> values, in this order."""
