"""The random audit: a part of each month's attendances, drawn by a seed nobody knew before."""
