"""The state of a run: its folder, its artefacts, its lock, its budget, its session."""
