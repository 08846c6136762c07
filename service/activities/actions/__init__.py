"""The verbs of activities. Each runs in the caller's transaction and never commits."""
