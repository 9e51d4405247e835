"""What operators see of alerts and say to them from the command line."""
