#!/usr/bin/env python3
"""Runs the program `echo` against a server that echoes.

usage: echo.py ELF COUNT
"""

import socket
import sys
import threading

import board


def serve(listener):
    connection, _ = listener.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while octets := connection.recv(4096):
        connection.sendall(octets)


def main():
    elf, count = sys.argv[1:]
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=serve, args=[listener], daemon=True).start()
    # A driver that touches what the chip does not have shows in this log.
    more = ["-d", "guest_errors,unimp"]
    code, report, _ = board.run(elf, [listener.getsockname()[1], count], more=more)
    print(report, end="")
    assert code == 0, f"exit code {code}"


if __name__ == "__main__":
    main()
