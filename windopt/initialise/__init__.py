"""`windopt init`: from the files that somebody has to a first config."""
