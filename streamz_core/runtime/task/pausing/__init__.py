"""Inputs to which no record comes, and whose time goes on all the same."""
