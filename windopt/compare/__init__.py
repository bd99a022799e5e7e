"""The referee: windopt and other optimisers on the same problem, at equal compute, one judge."""
