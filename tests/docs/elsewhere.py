"""The commands that the walk leaves to another test, or that cannot run where tests do."""

PAGES = {
    "docs/deploying.md": "tests/deploy/test_page.py",
}
"""Pages of which another test runs, or holds in their places, all commands."""

BY: dict[str, str] = {}
"""Which test runs a command, with other files and places perhaps."""
