"""What crosses a topic or the API: frozen pydantic models and nothing else."""
