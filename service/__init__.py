"""Aixin: volunteer points that shops honour and secretaries can prove."""
