"""What can be done with cases and objections; each action runs in the caller's transaction."""
