"""Do the contracts fit the whole lecture? Networks of catalogue layers beside plain torch models of the same."""
