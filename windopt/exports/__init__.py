"""What a run leaves for other tools: windIO, FLORIS, GeoJSON, RO-Crate, BoAmps, SQLite."""
