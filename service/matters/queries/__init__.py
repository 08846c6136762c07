"""Reads of matters: lists and stories, and the week of a community's teams."""
