"""The seam to a broker (backend), the embedded log behind it, and topics for programs that are no app."""
