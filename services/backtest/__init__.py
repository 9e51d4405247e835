"""The backtest's report: figures as JSON, and a page that shows them."""
