"""Runs a command that ends with whoever started it: also when the supervisor is killed with -9.

    python scripts/leash.py COMMAND ...

Linux tells it; elsewhere the supervisor alone sees to it. Nothing is imported that takes time.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if sys.platform == "linux":
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended in between
        sys.exit(1)
os.execvp(sys.argv[1], sys.argv[1:])
