"""Methods that behave badly, for the tests of the runner; imported by its worker processes."""

import os
import signal
import sys
import time


def mean(x, y, seed):
    return float((x * y).mean())


def noisy(x, y, seed):
    os.write(1, b"this is printed by a library in C\n")
    sys.stdout.write("and this by one in Python\n")
    return {"value": 0.25, "stderr": 0.5, "seconds": 12.0, "versions": {"peer": "1.0"}}


def raises(x, y, seed):
    raise ValueError("the peer <b>refuses</b>")


def nothing(x, y, seed):
    return float("nan")


def hangs(x, y, seed):
    time.sleep(600)


def dies(x, y, seed):
    os.kill(os.getpid(), signal.SIGKILL)


def slow(x, y, seed):
    time.sleep(0.3)
    return 1.0


def hungry(x, y, seed):
    block = bytearray(64 * 2**20)
    block[:: 2**12] = b"x" * len(block[:: 2**12])
    return float(len(block) > 0)


def starved(x, y, seed):
    return float(len(bytearray(2**62)))  # more than any machine has, so that Python itself refuses


def leaves(x, y, seed):
    os.write(2, b"a message of the library in C\n")
    os._exit(7)
