"""Looking at a log from outside: nothing is opened for writing, no lock is taken, nothing is mended."""
