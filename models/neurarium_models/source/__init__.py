"""A graph as the PyTorch source that a good engineer would write, and such source as a graph; nothing is executed."""
