"""The HTTP service: publish reports, ask what is known, follow the alerts."""
