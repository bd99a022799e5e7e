"""Other people's optimisers behind the adapter of a method."""
