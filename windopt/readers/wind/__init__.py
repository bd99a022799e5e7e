"""Readers of wind: roses, time series, grids."""
