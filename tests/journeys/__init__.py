"""Whole stories, played over HTTP against a running service with its real workers."""
