"""Readers of windIO files: one for each part of the problem."""
