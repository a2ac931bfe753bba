#!/usr/bin/env python3
"""Prints what each program of the crate `size` takes beyond an empty one, and fails where it is over its budget.

usage: size.py FOLDER VECTORS   with ELF files as FOLDER/TARGET/LEVEL/PROGRAM
"""

import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

# Programs: what they are, and the most octets of flash (thumbv7em, opt-level s and z) and of stack, at either level.
PROGRAMS = {
    "codec": ("any PDU read, any PDU written", 8064, 6912, 768),
    "gsm7": ("GSM text both ways", 1280, 1280, 128),
    "split": ("GSM and UCS2 text, in parts", 8704, 7680, 896),
    "national": ("the same with all national tables", 19584, 18304, 896),
    "transmitter": ("session that only sends GSM text", 12928, 10880, 1024),
    "esme": ("full ESME: text in parts, receipts", 19840, 16384, 1024),
    "everything": ("all that the core offers", 82048, 72704, 3328),
}
TEXT = "The pump stopped at 04:10. Pressure 2.1 bar; temperature 21.5 C. Next reading at 06:00. " * 4
# PDUs whose instructions are counted, with the most to read and to write one (thumbv7em, opt-level s).
COUNTED = {"submit_sm": (1200, 1100), "deliver_sm_receipt": (1200, 1700)}

INPUT = 0x2020_0000
TICK = 40  # Instructions in a tick of the timer under -icount shift=0.


def text(elf):
    sizes = subprocess.run(["arm-none-eabi-size", elf], capture_output=True, text=True, check=True).stdout.split("\n")[1]
    return int(sizes.split()[0]) + int(sizes.split()[1])


def run(elf, octets, *options):
    """The numbers that a program prints when it gets these octets; the last one is its peak stack."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(struct.pack("<I", len(octets)) + octets)
        file.flush()
        loader = f"loader,file={file.name},addr={INPUT:#x},force-raw=on"
        command = [os.environ["QEMU"], "-M", "mps2-an386", *"-display none -monitor none -serial none".split()]
        command += ["-semihosting-config", "enable=on,target=native", *options, "-device", loader, "-kernel", elf]
        output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return [int(line, 16) for line in (output.stdout + output.stderr).split()]


def octets_of(vector):
    """The octets of a test vector: digits, two spaces, a comment."""
    lines = (line for line in vector.read_text().splitlines() if line and not line.startswith(("#", "expect")))
    return b"".join(bytes.fromhex(line.split("  ")[0]) for line in lines)


def inputs(vectors):
    """What each program gets: every PDU that can be cut out, texts, or a bind that succeeds and then every PDU."""
    pdus = [octets_of(path) for path in sorted(vectors.glob("*.txt"))]
    stream = b"".join(pdu for pdu in pdus if len(pdu) >= 16 and struct.unpack(">I", pdu[:4])[0] == len(pdu))
    bound = {}
    for program, command in {"transmitter": 0x8000_0002, "esme": 0x8000_0009, "everything": 0x8000_0001}.items():
        bound[program] = struct.pack(">IIII", 19, command, 0, 1) + b"mc\0" + stream
    texts = {program: TEXT.encode() for program in ("gsm7", "split", "national")}
    return {"codec": stream, **texts, **bound}


def main():
    folder, vectors = Path(sys.argv[1]), Path(sys.argv[2])
    levels = {level: folder / "thumbv7em-none-eabihf" / level for level in "sz"}
    given = inputs(vectors)
    empty = {level: text(path / "empty") for level, path in levels.items()}
    empty_stack = {level: run(path / "empty", b"")[-1] for level, path in levels.items()}
    over = []

    print("| thumbv7em, fat LTO, octets | flash, opt-level s | flash, z | stack |")
    print("|---|---:|---:|---:|")
    for program, (what, *budget) in PROGRAMS.items():
        stack = max(run(path / program, given[program])[-1] - empty_stack[level] for level, path in levels.items())
        flash = [text(path / program) - empty[level] for level, path in levels.items()]
        taken = [*flash, stack]
        print(f"| {what} | {taken[0]:,} | {taken[1]:,} | {taken[2]:,} |")
        over += [f"{program}: {now} of {most}" for now, most in zip(taken, budget) if now > most]

    print()
    print("| instructions, thumbv7em, opt-level s | read | write |")
    print("|---|---:|---:|")
    for name, budget in COUNTED.items():
        elf, pdu = levels["s"] / "instructions", octets_of(vectors / f"{name}.txt")
        first, second = (run(elf, pdu, "-icount", "shift=0")[:2] for _ in range(2))
        assert first == second, f"{name}: {first} and {second} ticks: the count is not the same each time"
        counts = [ticks * TICK // 1000 for ticks in first]
        print(f"| {name} | {counts[0]} | {counts[1]} |")
        over += [f"{name}: {now} of {most} instructions" for now, most in zip(counts, budget) if now > most]
    assert not over, f"over budget: {'; '.join(over)}"


if __name__ == "__main__":
    main()
