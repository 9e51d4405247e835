"""Border cases in the project's schema, for demonstration and tests."""
