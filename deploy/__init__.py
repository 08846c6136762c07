"""The two commands and what they start: nothing of the service itself lives here."""
