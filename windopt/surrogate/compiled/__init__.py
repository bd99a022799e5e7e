"""The wake model as compiled loops, value and exact gradient: what processors run."""
