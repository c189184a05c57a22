"""What operators ask of a log: topics altered, offsets by time."""
