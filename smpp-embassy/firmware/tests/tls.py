#!/usr/bin/env python3
"""Runs the program `tls` against a message centre with the right certificate, and with three that are not.

usage: tls.py ELF
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import board

NAME = "mc.test"
OPERATOR = "4915112345678"
DONE, NOT_CONNECTED = 0, 3


class Authority:
    """Issues certificates into a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.openssl(f"req -x509 {KEY} -keyout {name}.key -out {name}.pem -days 30 -subj /CN={name}")
        self.openssl(f"x509 -in {name}.pem -outform DER -out {name}.der")
        self.certificate = folder / f"{name}.der"

    def openssl(self, arguments):
        subprocess.run(["openssl", *arguments.split()], cwd=self.folder, check=True, stderr=subprocess.DEVNULL)

    def issue(self, leaf, days):
        """A key and a certificate for NAME that is valid for so many days, none if negative: options of `smpp smsc`."""
        (self.folder / "extensions").write_text(f"subjectAltName=DNS:{NAME}\nbasicConstraints=CA:FALSE\n")
        self.openssl(f"req {KEY} -keyout {leaf}.key -out {leaf}.csr -subj /CN={NAME}")
        signing = f"-CA {self.name}.pem -CAkey {self.name}.key -CAcreateserial -days {days} -extfile extensions"
        self.openssl(f"x509 -req -in {leaf}.csr {signing} -out {leaf}.pem")
        return ["--tls-cert", self.folder / f"{leaf}.pem", "--tls-key", self.folder / f"{leaf}.key"]


KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


def main():
    (elf,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        authority, other = Authority(folder, "authority"), Authority(folder, "other")
        valid, expired = authority.issue("valid", 30), authority.issue("expired", -1)
        for what, tls, name, trusted, expected in [
            ("right", valid, NAME, authority, DONE),
            ("for another name", valid, "wrong.test", authority, NOT_CONNECTED),
            ("of an unknown authority", valid, NAME, other, NOT_CONNECTED),
            ("expired", expired, NAME, authority, NOT_CONNECTED),
        ]:
            rule = ["--rule", f"{OPERATOR}=mo:STATUS"]
            with board.Centre(folder / "centre", *rule, *tls) as centre:
                arguments = ["10.0.2.2", centre.port, "sensor", "secret", name, trusted.certificate]
                code, report, _ = board.run(elf, arguments)
            last = report.splitlines()[-2:] if report else []
            print(f"{what}: exit code {code}: {'; '.join(last)}")
            assert code == expected, report
            assert (expected == DONE) == (f"{NAME} proved who it is" in report), report
            assert expected == DONE or "InvalidCertificate" in report, report


if __name__ == "__main__":
    main()
