"""What a run may still spend: its budget, the pace of the machine, and what work costs."""
