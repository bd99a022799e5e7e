"""Readers of windIO documents."""
