"""A slow interpreter of topologies, written from the rules alone: what the shipped operators are held against."""
