"""Readers of turbines: tables, FLORIS files."""
