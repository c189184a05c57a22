"""What is tried beside other people's software: a real Kafka broker (`./dev test --with kafka`)."""
