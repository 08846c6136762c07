"""Reads of activities: what a scan must know, lists for pages, figures for other slices."""
