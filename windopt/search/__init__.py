"""The layout search on the surrogate."""
