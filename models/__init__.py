"""How Forewarn thinks: where, how risky, whether to alert. No Kafka."""
