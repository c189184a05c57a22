"""What users hold: streams, tables, groupings, and the functions that they decorate."""
