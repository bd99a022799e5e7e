"""What is optimised: site, wind resource, turbines, layout, objective, constraints."""
