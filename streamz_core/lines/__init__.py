"""What emitters write with: lines, flows, and the sides of a record."""
