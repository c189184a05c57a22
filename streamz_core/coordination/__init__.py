"""Groups, ownership, assignment: decisions only; no I/O, no clock."""
