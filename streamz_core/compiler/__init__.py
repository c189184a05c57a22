"""From a plan to one fused function for each entry of a sub-topology."""
