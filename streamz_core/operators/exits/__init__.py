"""Where records leave a sub-topology: sinks, hops, and the buffers they go to."""
