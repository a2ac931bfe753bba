#!/usr/bin/env python3
"""Runs the program `soak` while its cable is pulled and its message centre is killed, and compares both sides' accounts.

usage: soak.py QEMU SOAK_ELF SMPP [COUNT]
"""

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Seconds after the start: what happens. One outage of the cable is short enough for TCP to get over it, one is longer
# than the session's patience.
FAULTS = [(1.0, "pull"), (2.0, "plug"), (3.0, "kill"), (4.0, "start"), (5.5, "pull"), (13.5, "plug"), (15.0, "kill"), (16.0, "start")]
LIMIT = 240


class MessageCentre:
    """`smpp smsc` on one port, with a log for each life."""

    def __init__(self, smpp, folder):
        self.smpp, self.folder, self.port, self.logs, self.process = smpp, folder, 0, [], None

    def start(self):
        log = self.folder / f"smsc-{len(self.logs)}.jsonl"
        self.logs.append(log)
        with log.open("w") as out:
            self.process = subprocess.Popen([self.smpp, "smsc", "--listen", f"127.0.0.1:{self.port}", "--json"], stdout=out)
        while not (match := re.search(r'"address":"127\.0\.0\.1:(\d+)"', log.read_text())):
            assert self.process.poll() is None, "smpp smsc does not start"
            time.sleep(0.02)
        self.port = int(match[1])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def messages(self):
        """The texts of all submit_sm that arrived, in all lives. The last line of a life may be cut."""
        for line in (line for log in self.logs for line in log.read_text().splitlines()):
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            pdu = event.get("pdu", {})
            if event["event"] == "pdu" and event["direction"] == "in" and pdu.get("command") == "submit_sm":
                yield text_of(pdu)


def text_of(pdu):
    message = pdu["body"]["short_message"]
    octets = message["hex"] if isinstance(message, dict) else message
    return int(bytes.fromhex(octets))


class Cable:
    """QEMU's network line, by its monitor."""

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

    def set(self, up):
        self.command("set_link", name="net0", up=up)


def run(qemu, elf, smpp, count, folder):
    centre = MessageCentre(smpp, folder)
    centre.start()
    monitor = folder / "qmp"
    command = [qemu, *"-M mps2-an386 -display none -monitor none -serial none".split()]
    command += ["-nic", "user,id=net0,model=lan9118", "-qmp", f"unix:{monitor},server=on,wait=off"]
    command += ["-semihosting-config", "enable=on,target=native", "-kernel", elf]
    command += ["-append", f"10.0.2.2 {centre.port} soak secret {count}"]
    started = time.monotonic()
    device = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    cable = Cable(monitor)
    acts = {"pull": lambda: cable.set(False), "plug": lambda: cable.set(True), "kill": centre.kill, "start": centre.start}
    happened = 0
    try:
        for moment, act in FAULTS:
            while time.monotonic() - started < moment and device.poll() is None:
                time.sleep(0.01)
            if device.poll() is None:
                acts[act]()
                happened += 1
        _, report = device.communicate(timeout=LIMIT)
    finally:
        device.kill()
        centre.kill()
    return device.returncode, report, sorted(centre.messages()), happened


def main():
    qemu, elf, smpp, count = sys.argv[1], sys.argv[2], sys.argv[3], int((sys.argv[4:] or ["5000"])[0])
    with tempfile.TemporaryDirectory() as folder:
        code, report, arrived, happened = run(qemu, elf, smpp, count, Path(folder))
    unknown = {int(number) for number in re.findall(r"unknown: (\d+)", report)}
    print(*(line for line in report.splitlines() if not line.startswith("unknown: ")), sep="\n")
    print(f"{happened} of {len(FAULTS)} faults; the message centre saw {len(arrived)} messages, {len(unknown)} were of unknown outcome")
    assert code == 0, f"exit code {code}"
    assert happened == len(FAULTS), "the run was over before all faults happened"
    assert len(arrived) == len(set(arrived)), "a message arrived twice"
    assert set(range(count)) - unknown <= set(arrived), "an accepted message never arrived"
    assert set(arrived) <= set(range(count)), "a message arrived that was never sent"


if __name__ == "__main__":
    main()
