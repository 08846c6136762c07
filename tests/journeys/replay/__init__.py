"""Plays a day written in the scenario vocabulary, and compares everything that it states.

`python -m tests.journeys.replay SCENARIO --data DATA [--url URL]`. It knows the vocabulary and the
public API, and nothing of any particular day: communities, rates, caps and goods are in the files.
"""
