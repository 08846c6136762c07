"""Placeholder until desk writes it."""

from typing import Any

blueprints: list[Any] = []
