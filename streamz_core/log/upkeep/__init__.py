"""What is done beside the work of a log: sealing, retention, and files that go."""
