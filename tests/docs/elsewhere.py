"""The commands that the walk leaves to another test, or that cannot run where tests do."""

BY: dict[str, str] = {
    # Programs that stay, each already run and ended by a test of its own.
    "forewarn up": "tests/integration/test_command_line.py::"
    "test_a_signal_ends_a_running_stack_in_order",
    "FOREWARN_WORKER__REJECT_SHARE=1 forewarn worker": "tests/integration/test_reject_limit.py::"
    "test_a_worker_fed_only_garbage_stops_and_one_with_a_higher_limit_goes_on_from_there",
}
"""Which test runs a command, with other files and places perhaps."""

MAKE = "tests/docs/test_make.py"

HELD: dict[str, str] = {}
"""What holds a command in its place that nothing can run here."""
