"""A run as it grows, shown in a browser of the same machine."""
