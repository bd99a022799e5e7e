"""A comparison: windopt and other optimisers on one problem, at equal compute, with one judge."""
