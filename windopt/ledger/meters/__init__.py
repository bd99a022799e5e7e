"""Meters of energy and of processor time, and the choice among them."""
