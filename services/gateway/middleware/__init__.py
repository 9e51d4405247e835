"""What happens to every request, whichever route answers it."""
