"""FLORIS behind one small contract, and the training data that it produces."""
