"""A segment's page: where it stands, how it came there, and why."""
