"""The computational graph of a step, forward and backward: captured from torch, as data that can be executed."""
