"""What repartition topics carry besides plain values, as Kafka writes it."""
