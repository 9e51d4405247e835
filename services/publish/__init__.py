"""Sends reports to the log, as an upstream system would: checked first, acknowledged last."""
