"""Follows the alerts: a stream of events, pages to poll, feeds in Atom and CAP."""
