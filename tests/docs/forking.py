"""Lets a shell run ``forewarn`` within milliseconds: each is a fork of a process that is loaded.

A command is a process of its own, with the words, the folder, the environment and the files that
the shell gave it; only the seconds of importing are spared.
"""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

_LOADED = ("services.entry", "services.cli", "services.composition", "services.ledger.database")

_CALLER = """\
#!{python} -ISE
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({at!r})
    said = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(said).to_bytes(4, "big") + said], [0, 1, 2])
    process = int.from_bytes(server.recv(4), "big")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(process, number))
    sys.exit(server.recv(1)[0])
"""


def write_program(path: Path, at: Path) -> None:
    """Write what a shell runs as ``forewarn``."""
    path.write_text(_CALLER.format(python=sys.executable, at=str(at)))
    path.chmod(0o755)


def main(at: str) -> None:
    """Serve the socket until the process is ended."""
    for module in _LOADED:
        __import__(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(at)
        listening.listen(64)
        while True:
            caller, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _run(caller)
            caller.close()


def _run(caller: socket.socket) -> None:
    """Be the command, and tell the caller how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setpgid(0, 0)
    said, files, _, _ = socket.recv_fds(caller, 1 << 20, 3)
    while len(said) < 4 + int.from_bytes(said[:4], "big"):
        said += caller.recv(1 << 20)
    sys.argv, folder, environ = json.loads(said[4:])
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    caller.sendall(os.getpid().to_bytes(4, "big"))
    threading.Thread(target=_end_with, args=(caller,), daemon=True).start()
    caller.sendall(bytes([_code()]))
    os._exit(0)


def _end_with(caller: socket.socket) -> None:
    """End at once when the caller has, as a process does whose shell is killed with its group."""
    caller.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _code() -> int:
    from services.entry import main as program

    try:
        program()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int | None) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    else:
        code = 0
    sys.stdout.flush()
    sys.stderr.flush()
    return code or 0


if __name__ == "__main__":
    main(sys.argv[1])
