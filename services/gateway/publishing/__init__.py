"""Publishing over HTTP: reports one by one and in batches, and what became of them."""
