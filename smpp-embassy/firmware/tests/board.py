"""What the tests have in common: a message centre on this machine, and a board that reaches it at 10.0.2.2.

The environment names the programs: SMPP (ours) and QEMU.
"""

import os
import re
import shlex
import subprocess
import time

LIMIT = 60


def qemu(elf, arguments, machine="mps2-an386", network="user,model=lan9118", serial="none", more=()):
    """The command that runs `elf` with `arguments` as its command line."""
    command = [os.environ["QEMU"], "-M", machine, *"-display none -monitor none -serial".split(), serial]
    command += ["-nic", network, "-semihosting-config", "enable=on,target=native", *more]
    return command + ["-kernel", elf, "-append", " ".join(map(str, arguments))]


def run(elf, arguments, machine="mps2-an386", serial="none", more=(), stdout=None):
    """Runs a program to its end: exit code, what it said, and seconds."""
    start = time.monotonic()
    command = qemu(elf, arguments, machine, serial=serial, more=more)
    device = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False)
    return device.returncode, device.stderr, time.monotonic() - start


class Centre:
    """A message centre on a free port, or on the one that it had before."""

    def __init__(self, log, *options, program=None, port=0):
        self.log = log
        program = shlex.split(program) if program else [os.environ["SMPP"], "smsc", "--json"]
        with log.open("w") as out:
            self.process = subprocess.Popen([*program, "--listen", f"127.0.0.1:{port}", *options], stdout=out)
        while not (match := re.search(r'"address":"127\.0\.0\.1:(\d+)"', log.read_text())):
            assert self.process.poll() is None, "the message centre does not start"
            time.sleep(0.02)
        self.port = int(match[1])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
