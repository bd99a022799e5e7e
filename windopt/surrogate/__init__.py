"""The wake surrogate: a learned kernel inside exact farm physics."""
