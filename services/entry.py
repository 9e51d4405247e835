"""The ``forewarn`` program: imports are its first seconds, and Ctrl-C must end them too."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130 from the first moment on."""
    try:
        from services.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except ImportError as error:
        # What a compiled module makes of an interrupt while it is imported.
        if not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        sys.exit(130)


if __name__ == "__main__":
    main()
