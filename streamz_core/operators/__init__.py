"""How a step computes: emitters of lines, and the stores and buffers those lines use."""
