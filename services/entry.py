"""The ``forewarn`` program: imports are its first seconds, and Ctrl-C must end them too."""

import os
import signal
import sys
import threading

AGAIN_S = 0.05
"""After how long a signal that was dropped is sent again [s]."""


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
    """Send a signal again that fell where what is raised is dropped, as in compiled callbacks.

    Without it the program would go on as if nobody had asked it to end.
    """
    for raised, sent in ((KeyboardInterrupt, signal.SIGINT), (SystemExit, signal.SIGTERM)):
        if isinstance(lost.exc_value, raised):
            # From another thread, a moment later: what is raised in here is dropped as well.
            threading.Timer(AGAIN_S, os.kill, (os.getpid(), sent)).start()
            return
    sys.__unraisablehook__(lost)


if __name__ == "__main__":
    main()
