"""The ledger: what the log said, in SQL, so that what was known when can be asked."""
