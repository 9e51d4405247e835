"""The ``forewarn`` program: imports are its first seconds, and Ctrl-C must end them too."""

import os
import signal
import sys
import threading

AGAIN_S = 0.05
"""After how long a Ctrl-C that was dropped is sent again [s]."""


def main() -> None:
    """Run the command line; Ctrl-C ends with exit code 130 from the first moment on."""
    sys.unraisablehook = _dropped
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


def _dropped(lost: "sys.UnraisableHookArgs") -> None:
    """Send Ctrl-C again that fell where what is raised is dropped, as in compiled callbacks.

    Without it the program would go on as if nobody had pressed anything.
    """
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    # From another thread, a moment later: what is raised in here is dropped as well.
    threading.Timer(AGAIN_S, os.kill, (os.getpid(), signal.SIGINT)).start()


if __name__ == "__main__":
    main()
