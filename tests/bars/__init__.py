"""The project's bars, measured: `make bars` runs them and writes `bars-results/`."""
