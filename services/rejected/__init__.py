"""Dead letters: what was rejected, why, and putting it back once the cause is mended."""
