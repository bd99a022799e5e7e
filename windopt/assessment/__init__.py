"""Whether the energy of a run has paid: worth, CO2, payback, everyday equivalences, the verdict."""
