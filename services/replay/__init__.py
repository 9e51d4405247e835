"""Replays a file of incidents, in process or through Kafka."""
