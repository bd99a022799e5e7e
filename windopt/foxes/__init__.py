"""foxes, another code for the wakes of wind farms, behind windopt's own interface."""
