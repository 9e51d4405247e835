"""One file a change of the schema, oldest first; a change is never edited once released."""
