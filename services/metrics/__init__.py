"""What the processes tell Prometheus of themselves, and how they are asked for it."""
