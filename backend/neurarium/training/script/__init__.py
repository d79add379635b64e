"""A run written down as PyTorch that needs torch alone: a file, or a notebook of the same parts."""
