"""Writes the log to files, and files to an empty log: for backups, and for more partitions."""
