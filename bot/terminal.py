"""What commands say to the person at the terminal."""

import sys


def say(line: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def refuse(sentence: str) -> int:
    """Why a command was not carried out, on the error stream; the exit status for that."""
    sys.stderr.write(f"{sentence}\n")
    return 2
