"""One handler an op: what a person of the story does, as requests, and what must come back."""
