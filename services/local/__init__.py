"""The one-command local stack: a broker and the services as child processes."""
