"""An alert as a message of the Common Alerting Protocol 1.2 (OASIS 2010)."""
