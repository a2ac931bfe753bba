#!/usr/bin/env python3
"""Compares what each program of the crate `size` writes with what it should, prints what it takes beyond an empty one, and
fails where it is over its budget.

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
    "codec": ("any PDU read, any PDU written", 8256, 7104, 768),
    "gsm7": ("GSM text both ways", 1408, 1344, 128),
    "split": ("GSM and UCS2 text, in parts", 8832, 7808, 864),
    "national": ("the same with all national tables", 19584, 18368, 864),
    "transmitter": ("session that only sends GSM text", 13056, 11584, 1120),
    "esme": ("full ESME: text in parts, receipts", 24384, 22080, 1344),
    "everything": ("all that the core offers", 92160, 82240, 5216),
}
TEXT = "The pump stopped at 04:10. Pressure 2.1 bar; temperature 21.5 C. Next reading at 06:00. " * 4
# PDUs whose instructions are counted, with the most to read and to write one (thumbv7em, opt-level s).
COUNTED = {"submit_sm": (1200, 1100), "deliver_sm_receipt": (1200, 1700)}

INPUT, TEXT_AT = 0x2020_0000, 0x2028_0000
TICK = 40  # Instructions in a tick of the timer under -icount shift=0.


def text(elf):
    sizes = subprocess.run(["arm-none-eabi-size", elf], capture_output=True, text=True, check=True).stdout.split("\n")[1]
    return int(sizes.split()[0]) + int(sizes.split()[1])


def run(elf, octets, *options):
    """What a program wrote when it gets these octets, and the numbers that it prints; the last one is its peak stack."""
    with tempfile.TemporaryDirectory() as folder:
        command = [os.environ["QEMU"], "-M", "mps2-an386", *"-display none -monitor none -serial none".split()]
        command += ["-semihosting-config", "enable=on,target=native", *options, "-kernel", elf]
        for address, content in (INPUT, octets), (TEXT_AT, TEXT.encode()):
            file = Path(folder, f"{address:x}")
            file.write_bytes(struct.pack("<I", len(content)) + content)
            command += ["-device", f"loader,file={file},addr={address:#x},force-raw=on"]
        output = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    lines = (output.stdout + output.stderr).split()
    written = b"".join(bytes.fromhex(line[1:]) for line in lines if line.startswith("="))
    return written, [int(line, 16) for line in lines if not line.startswith("=")]


def octets_of(vector):
    """The octets of a test vector: digits, two spaces, a comment."""
    lines = (line for line in vector.read_text().splitlines() if line and not line.startswith(("#", "expect")))
    return b"".join(bytes.fromhex(line.split("  ")[0]) for line in lines)


def inputs(vectors):
    """What each program gets: every PDU that can be cut out, or a bind that succeeds and then every PDU."""
    pdus = [octets_of(path) for path in sorted(vectors.glob("*.txt"))]
    stream = b"".join(pdu for pdu in pdus if len(pdu) >= 16 and struct.unpack(">I", pdu[:4])[0] == len(pdu))
    bound = {}
    for program, command in {"transmitter": 0x8000_0002, "esme": 0x8000_0009, "everything": 0x8000_0001}.items():
        bound[program] = pdu(command, 1, b"mc\0") + stream
    return {"codec": stream, "gsm7": TEXT.encode(), "split": CYRILLIC, "national": TURKISH, **bound}


CYRILLIC = "Датчик".encode("utf-16-be")
# A user data header that names the single shift table of Turkish, and «Ğşa» by that table.
TURKISH = bytes([3, 0x24, 1, 1, 0x1B, ord("G"), 0x1B, ord("s"), ord("a")])


def pdu(command, number, body=b"", status=0):
    return struct.pack(">IIII", 16 + len(body), command, status, number) + body


def bind(command):
    return pdu(command, 1, b"node\0\0\0\0\0\0\0")


def submit_sm(number, text, esm_class=0, receipt=0):
    return pdu(4, number, message(b"\1\x01" + b"4915112345678\0", text, esm_class, receipt))


def message(destination, text, esm_class=0, receipt=0):
    """The body of submit_sm or deliver_sm without TLVs."""
    return b"\0\0\0\0" + destination + bytes([esm_class, 0, 0, 0, 0, receipt, 0, 0, 0, len(text)]) + text


def parts():
    """The parts of TEXT, a user data header before each."""
    pieces = [TEXT[at : at + 153].encode() for at in range(0, len(TEXT), 153)]
    return [bytes([5, 0, 3, 0x2A, len(pieces), number]) + piece for number, piece in enumerate(pieces, 1)]


def proofs(vectors):
    """For each program, octets that it gets and those that it is to write. Characters of TEXT are the same in ASCII and GSM."""
    faithful = [octets_of(vectors / f"{name}.txt") for name in COUNTED]
    receipt = b"id:1 sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000 text:"
    asked = [
        pdu(5, 7, message(b"\0\0\0", b"status")),
        pdu(5, 8, message(b"\0\0\0", receipt, esm_class=4)),
        pdu(0x15, 9),
        pdu(3, 10, b"1\0\0\0\0"),
        pdu(6, 11),
    ]
    answers = [
        pdu(0x8000_0005, 7, b"\0"),
        pdu(0x8000_0005, 8, b"\0"),
        pdu(0x8000_0015, 9),
        # A request that is not served.
        pdu(0x8000_0000, 10, status=3),
        pdu(0x8000_0006, 11),
    ]
    sent = [submit_sm(number, part, 0x40, 1) for number, part in enumerate(parts(), 2)]
    accepted = [pdu(0x8000_0004, number, b"id\0") for number, _ in enumerate(sent, 2)]
    return {
        "codec": (b"".join(faithful), b"".join(faithful)),
        "gsm7": (b"pump\x1b\x65", TEXT.encode() + b"pump" + bytes([ord("€") & 0xFF])),
        "split": (CYRILLIC, b"".join(parts()) + "Датчик".encode()),
        "national": (TURKISH, b"".join(parts()) + "Ğşa".encode()),
        "transmitter": (
            pdu(0x8000_0002, 1, b"mc\0") + pdu(0x8000_0004, 2, b"id\0") + pdu(0x8000_0006, 3),
            bind(2) + submit_sm(2, TEXT[:88].encode()) + pdu(6, 3),
        ),
        "esme": (
            pdu(0x8000_0009, 1, b"mc\0") + b"".join(accepted + asked),
            bind(9) + b"".join(sent + answers),
        ),
    }


def main():
    folder, vectors = Path(sys.argv[1]), Path(sys.argv[2])
    levels = {level: folder / "thumbv7em-none-eabihf" / level for level in "sz"}
    given = inputs(vectors)
    for program, (octets, expected) in proofs(vectors).items():
        for level, path in levels.items():
            written, _ = run(path / program, octets)
            assert written == expected, f"{program}, opt-level {level}, wrote {written.hex()}, not {expected.hex()}"
    print("what they write is right, on a clock beyond 32 bits")
    empty = {level: text(path / "empty") for level, path in levels.items()}
    empty_stack = {level: run(path / "empty", b"")[1][-1] for level, path in levels.items()}
    over = []

    print("| thumbv7em, fat LTO, octets | flash, opt-level s | flash, z | stack |")
    print("|---|---:|---:|---:|")
    for program, (what, *budget) in PROGRAMS.items():
        stack = max(run(path / program, given[program])[1][-1] - empty_stack[level] for level, path in levels.items())
        flash = [text(path / program) - empty[level] for level, path in levels.items()]
        taken = [*flash, stack]
        print(f"| {what} | {taken[0]:,} | {taken[1]:,} | {taken[2]:,} |")
        over += [f"{program}: {now} of {most}" for now, most in zip(taken, budget) if now > most]

    print()
    print("| instructions, thumbv7em, opt-level s | read | write |")
    print("|---|---:|---:|")
    for name, budget in COUNTED.items():
        elf, octets = levels["s"] / "instructions", octets_of(vectors / f"{name}.txt")
        first, second = (run(elf, octets, "-icount", "shift=0")[1][:2] for _ in range(2))
        assert first == second, f"{name}: {first} and {second} ticks: the count is not the same each time"
        counts = [ticks * TICK // 1000 for ticks in first]
        print(f"| {name} | {counts[0]} | {counts[1]} |")
        over += [f"{name}: {now} of {most} instructions" for now, most in zip(counts, budget) if now > most]
    assert not over, f"over budget: {'; '.join(over)}"


if __name__ == "__main__":
    main()
