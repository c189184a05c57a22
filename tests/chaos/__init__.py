"""Random schedules: shipped code on a machine that fails, with oracles that know the right answer."""
