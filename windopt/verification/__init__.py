"""FLORIS evaluates layouts, and the surrogate is validated against it."""
