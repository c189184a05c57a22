"""Producer, Consumer, Admin, Transaction: topics for programs that are no streams app."""
