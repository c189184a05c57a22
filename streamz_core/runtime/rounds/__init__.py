"""What a worker looks at in a round: whose turn it is, when it commits, and what ends its sleep."""
