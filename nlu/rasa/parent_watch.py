"""Ends this process when its parent does: the parent holds the other end of standard input and never writes."""

import os
import sys
import threading


def start() -> None:
    """Watch from a thread of its own, so that a long import or computation does not delay it."""
    threading.Thread(target=_wait_for_end, name="parent watch", daemon=True).start()


def _wait_for_end() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)
