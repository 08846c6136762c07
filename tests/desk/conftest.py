"""The demo neighbourhood behind HTTP, as the reports' tests know it."""

from tests.reports.conftest import served, town

__all__ = ["served", "town"]
