"""Readers of the files that people have, and the layout problem that is made of them."""
