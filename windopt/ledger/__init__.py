"""The energy ledger: what each stage of a run cost, however it ended, beside what it gained.

What is exact is counted first (evaluations, CPU-seconds of the process and all its children);
joules are derived from that, with their method and a band. The ledger records facts; what they were
worth is for `windopt.assessment` to say.
"""
