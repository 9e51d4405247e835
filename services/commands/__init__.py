"""What operators tell the service from the command line."""
