"""What can be done with matters; each action runs in the caller's transaction."""
