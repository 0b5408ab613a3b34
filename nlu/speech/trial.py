"""A trial: a model that no list vouches for is loaded by a process of its own first, for a damaged one can end its process."""

import subprocess
import sys
from pathlib import Path

PATIENCE = 60.0
"""Seconds; the small model takes one or two."""
_TRIAL = """
import sys, vosk
vosk.SetLogLevel(-1)
recogniser = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16000)
recogniser.AcceptWaveform(bytes(32000))
recogniser.FinalResult()
"""


def vosk_bears(model_dir: Path) -> bool:
    """Whether Vosk can load the model and hear a second of silence with it, in a process that can be had. Blocks."""
    trial = [sys.executable, "-c", _TRIAL, str(model_dir)]
    try:
        done = subprocess.run(trial, capture_output=True, timeout=PATIENCE, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return False
    return done.returncode == 0
