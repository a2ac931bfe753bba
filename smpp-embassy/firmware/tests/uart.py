#!/usr/bin/env python3
"""Runs the program `uart` with its serial line at a message centre. The text is to be delivered.

usage: uart.py ELF
"""

import sys
import tempfile
from pathlib import Path

import board

EXPECTED = ["bound to ", "accepted as ", "Some(DELIVERED)", "unbound"]


def main():
    (elf,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "centre")
        with board.Centre(log, "--system-id", "meter", "--password", "secret") as centre:
            serial = f"tcp:127.0.0.1:{centre.port}"
            code, report, _ = board.run(elf, ["meter", "secret"], serial=serial)
    print(report, end="")
    for line in EXPECTED:
        assert line in report, f"«{line}» is missing"
    assert code == 0, f"exit code {code}"


if __name__ == "__main__":
    main()
