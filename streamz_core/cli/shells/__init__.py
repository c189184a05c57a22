"""What shells complete command lines with."""
