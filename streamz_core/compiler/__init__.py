"""From a plan to one fused function for each input of a sub-topology."""
