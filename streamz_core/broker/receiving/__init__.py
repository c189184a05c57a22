"""What a consumer is made of: where it stands, and its rounds over the partitions."""
