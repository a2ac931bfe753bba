#!/usr/bin/env python3
"""Runs the program `sensor` against a message centre that sends it a command. Everything is to be delivered before
the program gives up.

usage: sensor.py [--machine MACHINE] [--centre COMMAND] [--defmt] ELF
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

import board

OPERATOR = "4915112345678"
EXPECTED = [
    "bound to ",
    f"command «STATUS» from {OPERATOR}",
    "message 1, part 1 of 1: Some(DELIVERED)",
    "message 2, part 3 of 3: Some(DELIVERED)",
    "message 3, part 1 of 1: Some(DELIVERED)",
    "Done after",
]
EVENTS = ["event", "Response", "SubmitSmResp", "DeliverSm", "closed"]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--machine", default="mps2-an386")
    options.add_argument("--centre")
    options.add_argument("--defmt", action="store_true")
    options.add_argument("elf")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "centre")
        account = ["--system-id", "sensor", "--password", "secret"]
        with board.Centre(log, "--rule", f"{OPERATOR}=mo:STATUS", *account, program=options.centre) as centre:
            arguments = ["10.0.2.2", centre.port, "sensor", "secret"]
            if options.defmt:
                code, report, seconds = run_with_defmt(options.elf, arguments, Path(folder, "frames"))
            else:
                code, report, seconds = board.run(options.elf, arguments, options.machine)
    print(report, end="")
    for line in EXPECTED:
        assert line in report, f"«{line}» is missing"
    assert code == 0, f"exit code {code}"
    print(f"{seconds:.2f} s from the start of the board to its end")


def run_with_defmt(elf, arguments, frames):
    with frames.open("w") as out:
        code, report, seconds = board.run(elf, arguments, stdout=out)
    with frames.open() as octets:
        decoded = subprocess.run(["defmt-print", "-e", elf], stdin=octets, capture_output=True, text=True, check=True)
    for line in decoded.stdout.splitlines()[:4]:
        print(f"    {re.sub(chr(27) + '.*?m', '', line)[:150]}")
    for word in EVENTS:
        assert word in decoded.stdout, f"no event says «{word}»"
    assert "secret" not in decoded.stdout, "a password was logged"
    return code, report, seconds


if __name__ == "__main__":
    main()
