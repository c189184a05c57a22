"""Records that were moved into files of their own."""
