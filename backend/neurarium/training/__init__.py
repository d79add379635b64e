"""A job as plain data, and the loop that trains it."""
