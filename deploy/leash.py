"""Become another program that the kernel ends when its parent dies, even by `kill -9`.

Used as `python -IS leash.py PARENT SIGNAL UID GID PROGRAM ARGUMENT…`. It is a program of its own,
because code that runs between fork and exec inside a process with threads may lock up.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take the account, tie this process to its parent, and turn into the program."""
    parent, signal_number, uid, gid = map(int, sys.argv[1:5])
    program = sys.argv[5:]
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of account, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:
        sys.exit("the parent died first")
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
