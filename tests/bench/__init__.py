"""Benchmarks: side by side in one run, one JSON line a case, never a timed test."""
