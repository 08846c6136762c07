"""The verbs of settlement: sign a shop's days, make and sign its months, lock and reopen them."""
