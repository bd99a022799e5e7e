"""What a run leaves for people to read: run folder, console table, figures, HTML report."""
