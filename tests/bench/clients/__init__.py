"""What producers and consumers cost, beside confluent-kafka on a real broker in the same run."""
