"""What is done beside the work of a log: sealing, retention, files that go, its level, groups that nobody uses."""
