"""What a consumer is made of: where it stands, its rounds over the partitions, its share of a group."""
