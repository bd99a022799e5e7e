"""The map of the report that works: the surrogate in the page, and turbines that can be moved."""
