"""The risk worker: a Faust application."""
