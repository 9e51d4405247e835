"""The daily situation report: what a mission prints each morning, by what was known that day."""
