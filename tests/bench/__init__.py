"""Measurements that can be repeated: `python -m tests.bench.NAME`.

Every bench starts its own servers with fsync on and stops them, says its conditions, compares what
it measures with a floor taken in the same run, and ends within 90 seconds. Its last line is one
JSON object with its figures, for machines; all lines before it are for people. The machine is
noisy: compare CPU per request and ratios of one run, never seconds of two.
"""
