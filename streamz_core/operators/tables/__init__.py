"""Steps on tables: sources, filters, maps, and changes as a stream."""
