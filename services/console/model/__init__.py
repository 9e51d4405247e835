"""The page of the model: which one serves, how good it is, and what it says now."""
