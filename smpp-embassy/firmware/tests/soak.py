#!/usr/bin/env python3
"""Runs the program `soak` while its cable is pulled and its message centre is killed, and compares both sides' accounts.

usage: soak.py ELF COUNT
"""

import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import board

# Seconds after the start: what happens. One outage of the cable is short enough for TCP to get over it, one is longer
# than the session's patience.
FAULTS = [
    (1.0, "pull"), (2.0, "plug"),
    (3.0, "kill"), (4.0, "start"),
    (5.5, "pull"), (13.5, "plug"),
    (15.0, "kill"), (16.0, "start"),
]  # fmt: skip
LIMIT = 240


class Centres:
    """A message centre that is killed and started again on its port, with a log for each life."""

    def __init__(self, folder):
        self.folder, self.logs, self.port = folder, [], 0
        self.start()

    def start(self):
        self.logs.append(self.folder / f"centre-{len(self.logs)}")
        self.centre = board.Centre(self.logs[-1], port=self.port)
        self.port = self.centre.port

    def kill(self):
        self.centre.kill()

    def messages(self):
        """The numbers of all messages that arrived, in all lives. The last line of a life may be cut."""
        for line in (line for log in self.logs for line in log.read_text().splitlines()):
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            pdu = event.get("pdu", {})
            if event["event"] == "pdu" and event["direction"] == "in" and pdu.get("command") == "submit_sm":
                yield int(bytes.fromhex(pdu["body"]["short_message"]))


class Cable:
    """The board's network line, by QEMU's monitor."""

    def __init__(self, path):
        while not path.exists():
            time.sleep(0.01)
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(path))
        self.file = line.makefile("rw")
        self.file.readline()
        self.command("qmp_capabilities")

    def command(self, execute, **arguments):
        self.file.write(json.dumps({"execute": execute, "arguments": arguments}) + "\n")
        self.file.flush()
        while "return" not in (answer := json.loads(self.file.readline())):
            assert "event" in answer, answer

    def pull(self):
        self.command("set_link", name="net0", up=False)

    def plug(self):
        self.command("set_link", name="net0", up=True)


def run(elf, count, folder):
    centres, monitor = Centres(folder), folder / "monitor"
    arguments = ["10.0.2.2", centres.port, "soak", "secret", count]
    more = ["-qmp", f"unix:{monitor},server=on,wait=off"]
    command = board.qemu(elf, arguments, network="user,id=net0,model=lan9118", more=more)
    start = time.monotonic()
    device = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    cable = Cable(monitor)
    acts = {"pull": cable.pull, "plug": cable.plug, "kill": centres.kill, "start": centres.start}
    happened = 0
    try:
        for moment, act in FAULTS:
            while time.monotonic() - start < moment and device.poll() is None:
                time.sleep(0.01)
            if device.poll() is None:
                acts[act]()
                happened += 1
        _, report = device.communicate(timeout=LIMIT)
    finally:
        device.kill()
        centres.kill()
    return device.returncode, report, sorted(centres.messages()), happened


def main():
    elf, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        code, report, arrived, happened = run(elf, count, Path(folder))
    unknown = {int(number) for number in re.findall(r"unknown: (\d+)", report)}
    print(*(line for line in report.splitlines() if not line.startswith("unknown: ")), sep="\n")
    print(f"{happened} faults; {len(arrived)} messages arrived; {len(unknown)} of unknown outcome on the device")
    assert code == 0, f"exit code {code}"
    assert happened == len(FAULTS), "the run was over before all faults happened"
    assert len(arrived) == len(set(arrived)), "a message arrived twice"
    assert set(range(count)) - unknown <= set(arrived), "an accepted message never arrived"
    assert set(arrived) <= set(range(count)), "a message arrived that was never sent"


if __name__ == "__main__":
    main()
