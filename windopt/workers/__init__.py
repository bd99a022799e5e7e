"""Worker processes, and the counts of work that come back from them."""
