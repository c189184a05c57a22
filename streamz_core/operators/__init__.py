"""How a step computes: emitters of lines, and the buffers those lines write to."""
