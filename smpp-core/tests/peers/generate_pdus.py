#!/usr/bin/env python3
"""Random valid PDUs of every command in the specification tables, as a capture and as JSON.

    generate_pdus.py --count 12000 --seed 1 --pcap FILE --json FILE

The capture has eight TCP connections, IPv4 and IPv6 by turns. Segments cut PDUs and glue them together, some come
twice and some out of order. The JSON is what `smpp decode --json` prints, written down before the octets are made
(plus "hex"): a control for what reads the capture. Fields, sizes and optional parameters come from ../spec/*.tsv.
Sequence numbers are unique, so that readers can be compared PDU by PDU.
"""

import argparse
import csv
import json
import pathlib
import random
import string
import struct

SPEC = pathlib.Path(__file__).resolve().parent.parent / "spec"
RESPONSE = 0x80000000
PORT = 2775
HEADER = 16
UDHI = 0x40
SHORT_MESSAGE_LIMIT = 254
PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
TIMES = ["240315143000004+", "991231235959900+", "000000000500000R", "020610233429000R", "240229000000048-"]
CODINGS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 0xC0, 0xD0, 0xE0, 0xF0, 0xF1, 0xF4, 0xF5, 0x0C, 0x1F]
VENDOR = range(0x1400, 0x4000)
# One per PDU, and last: the dissector reads these short, and all behind them wrong (see tshark_compare.py).
LAST = {"broadcast_rep_num", "ms_validity", "broadcast_end_time"}
REPEATABLE = {"broadcast_area_identifier", "callback_num"}


def table(name):
    with open(SPEC / f"{name}.tsv", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def numbered(rows, column):
    return [dict(row, number=int(row[column], 16)) for row in rows if len(row[column]) in (6, 10) and "-" not in row[column]]


COMMANDS = [row for row in numbered(table("commands"), "command_id") if row["kind"] != "reserved"]
STATUSES = [row["number"] for row in numbered(table("statuses"), "code") if row["number"]]
TLVS = [row for row in numbered(table("tlvs"), "tag") if (row["pdus_v34"] + row["pdus_v50"]).strip(" -")]
FIELDS = {}
for field in table("pdu-fields"):
    FIELDS.setdefault(field["pdu"], []).append(field)


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sequences = set()

    def number(self, octets):
        """Any value of that size, the ends more often than chance would have it."""
        top = (1 << (8 * octets)) - 1
        return self.random.choice([0, 1, top, self.random.randint(0, top), self.random.randint(0, top)])

    def text(self, most):
        length = self.random.choice([0, most, self.random.randint(0, most), self.random.randint(0, min(most, 12))])
        return "".join(self.random.choices(PRINTABLE, k=length))

    def octets(self, least, most):
        length = self.random.choice([least, self.random.randint(least, most), self.random.randint(least, min(most, least + 20))])
        return self.random.randbytes(length)

    def udh(self):
        """A user data header of one to three well-formed elements."""
        elements = b""
        for _ in range(self.random.randint(1, 3)):
            data = self.octets(0, 8)
            elements += bytes([self.random.randint(0x70, 0x7F), len(data)]) + data
        return bytes([len(elements)]) + elements

    def sequence(self):
        while True:
            number = self.random.choice([self.random.randint(1, 0x7FFFFFFF), self.random.randint(1, 99999)])
            if number not in self.sequences:
                self.sequences.add(number)
                return number

    def field(self, field):
        """(value for the JSON, octets) of one mandatory field."""
        name, kind = field["field"], field["type"]
        most = int(field["max_octets"])
        if name == "data_coding":
            value = self.random.choice(CODINGS)
            return value, bytes([value])
        if kind == "Integer":
            value = self.number(most)
            return value, value.to_bytes(most, "big")
        if kind == "C-Octet String fixed":
            value = self.random.choice(["", *TIMES])
            return value, value.encode() + b"\0"
        assert kind == "C-Octet String", field
        value = self.text(most - 1) or ("list" if name.endswith("dl_name") else "")
        return value, value.encode() + b"\0"

    def short_message(self, body):
        message = self.octets(0, SHORT_MESSAGE_LIMIT)
        if body.get("esm_class", 0) & UDHI:
            message = (self.udh() + message)[:SHORT_MESSAGE_LIMIT]
        return message

    def entries(self, fields, flagged):
        """The repeated part of submit_multi (flagged: an address or a list name) and of its response."""
        entries, raw = [], b""
        for _ in range(self.random.choice([1, 2, self.random.randint(1, 20)] + ([] if flagged else [0]))):
            entry = {}
            kind = self.random.choice("ab")
            for field in fields:
                name = field["field"].partition("].")[2]
                if name == "dest_flag":
                    entry[name] = "ab".index(kind) + 1
                    raw += bytes([entry[name]])
                elif not flagged or field["order"].endswith(kind):
                    entry[name], octets = self.field(field)
                    raw += octets
            entries.append(entry)
        return entries, raw

    def body(self, command):
        """The mandatory fields of a command in order: (JSON, octets)."""
        body, raw = {}, b""
        fields = [f for f in FIELDS[command] if f["order"].replace(".", "").rstrip("ab").isdigit() and f["order"] != "0"]
        for field in fields:
            name = field["field"]
            if "[]" in name:
                continue
            if name == "sm_length":
                message = self.short_message(body)
                body |= {"sm_length": len(message), "short_message": message.hex()}
                raw += bytes([len(message)]) + message
            elif name in ("number_of_dests", "no_unsuccess"):
                repeated = [f for f in fields if "[]" in f["field"]]
                entries, octets = self.entries(repeated, flagged=name == "number_of_dests")
                body |= {name: len(entries), repeated[0]["field"].partition("[")[0]: entries}
                raw += bytes([len(entries)]) + octets
            elif name != "short_message":
                body[name], octets = self.field(field)
                raw += octets
        return body, raw

    def tlv_value(self, row, body):
        if row["name"] == "broadcast_end_time":
            return self.random.choice(TIMES).encode() + self.random.choice([b"", b"\0"])
        if row["name"] == "ms_validity":
            return self.random.choice([b"\0", b"\x03", b"\x04\x01\x00\x05"])
        if row["name"] == "message_payload" and body.get("esm_class", 0) & UDHI:
            return self.udh() + self.octets(0, 400)
        least, most = int(row["min_len"]), min(int(row["max_len"]), 400)
        if row["value_type"].startswith("C-Octet"):
            length = self.random.randint(least, most)
            return "".join(self.random.choices(PRINTABLE, k=length - 1)).encode() + b"\0"
        return self.octets(least, most)

    def tlvs(self, command, body):
        family = {command, "any response"} if command.endswith("_resp") else {command}
        if command.startswith("bind_") and command.endswith("_resp"):
            family.add("bind_*_resp")
        allowed = [row for row in TLVS if any(n in family or row["pdus_v50"] in family
                                              for n in f"{row['pdus_v34']} {row['pdus_v50']}".split())]
        payload = [row for row in allowed if row["name"] == "message_payload"]
        if body.get("short_message") or body.get("esm_class", 0) & UDHI:
            allowed = [row for row in allowed if row not in payload]
        chosen = self.random.sample(allowed, min(len(allowed), self.random.choice([0, 0, 1, 2, 3, 8])))
        chosen += [row for row in chosen if row["name"] in REPEATABLE and self.random.random() < 0.3]
        if body.get("esm_class", 0) & UDHI and not body.get("short_message"):
            chosen += payload  # a user data header needs user data
        last = [row for row in chosen if row["name"] in LAST][:1]
        chosen = [row for row in chosen if row["name"] not in LAST]
        known = [(row["number"], row["name"], self.tlv_value(row, body)) for row in chosen]
        if allowed and self.random.random() < 0.2:
            known.append((self.random.choice(VENDOR), None, self.octets(0, 40)))
        self.random.shuffle(known)
        return known + [(row["number"], row["name"], self.tlv_value(row, body)) for row in last]

    def pdu(self, command):
        """One PDU as (JSON object, octets)."""
        name, command_id = command["name"], command["number"]
        status, body, raw, tlvs, deviations = 0, {}, b"", [], []
        response = bool(command_id & RESPONSE)
        if response and (name == "generic_nack" or self.random.random() < 0.15):
            status = self.random.choice(STATUSES)
        if not status or self.random.random() < 0.1:
            body, raw = self.body(name)
            tlvs = self.tlvs(name, body)
            raw += b"".join(struct.pack(">HH", tag, len(value)) + value for tag, _, value in tlvs)
        if status and raw:
            deviations = ["body_in_error"]
        elif response and not status and body and self.random.random() < 0.03:
            body, raw, tlvs, deviations = {}, b"", [], ["missing_body"]
        sequence = self.sequence()
        octets = struct.pack(">IIII", 16 + len(raw), command_id, status, sequence) + raw
        return {
            "command_length": len(octets), "command_id": command_id, "command": name, "command_status": status,
            "sequence_number": sequence, "body": body,
            "tlvs": [{"tag": tag, "name": known, "value": value.hex()} for tag, known, value in tlvs],
            "deviations": [{"name": deviation} for deviation in deviations], "hex": octets.hex(),
        }, octets


class Connection:
    """One TCP connection between an ESME and an MC: two streams, cut into segments wherever chance has it."""

    def __init__(self, number, chance, cut_headers):
        self.random = chance
        self.cut_headers = cut_headers
        self.ports = (40000 + number, PORT)
        self.version6 = number % 2 == 1
        # One begins just below the wrap of the sequence number.
        self.next = [0xFFFFF000 if number == 0 else chance.getrandbits(32), chance.getrandbits(32)]
        self.pending = [b"", b""]
        self.written = [0, 0]
        self.starts = [set(), set()]
        self.opened = number % 4 < 2

    def write(self, direction, pdu):
        self.starts[direction].add(self.written[direction] + len(self.pending[direction]))
        self.pending[direction] += pdu

    def open(self):
        """The handshake; half of the captures begin in the middle of a connection and have none."""
        if not self.opened:
            return []
        frames = [self.frame(0, 0x02, b""), self.frame(1, 0x12, b"")]
        self.next = [(n + 1) & 0xFFFFFFFF for n in self.next]
        return frames + [self.frame(0, 0x10, b"")]

    def frame(self, direction, flags, payload):
        source, destination = self.ports[direction], self.ports[1 - direction]
        tcp = struct.pack(">HHIIBBHHH", source, destination, self.next[direction], self.next[1 - direction], 0x50, flags, 65535, 0, 0)
        if self.version6:
            host = [bytes(15) + b"\x0a", bytes(15) + b"\x0b"]
            ip = struct.pack(">IHBB", 0x60000000, len(tcp) + len(payload), 6, 64) + host[direction] + host[1 - direction]
        else:
            host = [b"\x0a\0\0\x01", b"\x0a\0\0\x02"]
            ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp) + len(payload), 0, 0x4000, 64, 6, 0) + host[direction] + host[1 - direction]
        return bytes(12) + (b"\x86\xdd" if self.version6 else b"\x08\x00") + ip + tcp + payload

    def rest_of_header(self, direction, size):
        """How many octets of a header a cut behind `size` octets would leave to the next segment."""
        cut = self.written[direction] + size
        return next((HEADER - n for n in range(1, HEADER) if cut - n in self.starts[direction]), 0)

    def segments(self, direction, everything):
        """Frames for what is pending; unless `everything`, some octets may stay for the next time."""
        frames = []
        data = self.pending[direction]
        while data and (everything or self.random.random() < 0.9):
            size = self.random.choice([len(data), self.random.randint(1, 20), self.random.randint(1, 1400)])
            size = min(size, 1400, len(data))
            if not self.cut_headers:
                size += self.rest_of_header(direction, size)
            frames.append(self.frame(direction, 0x18, data[:size]))
            self.next[direction] = (self.next[direction] + size) & 0xFFFFFFFF
            self.written[direction] += size
            data = data[size:]
        self.pending[direction] = data
        for at in range(len(frames) - 1, 0, -1):
            if self.random.random() < 0.02:
                frames[at - 1], frames[at] = frames[at], frames[at - 1]
            elif self.random.random() < 0.02:
                frames.insert(at, frames[at - 1])
        return frames


def capture(pdus, chance, cut_headers):
    """The frames of all connections, in the order of the capture."""
    connections = [Connection(number, chance, cut_headers) for number in range(8)]
    frames = [frame for connection in connections for frame in connection.open()]
    for _, octets in pdus:
        connection, direction = chance.choice(connections), chance.randrange(2)
        connection.write(direction, octets)
        if chance.random() < 0.5:
            frames += connection.segments(direction, everything=False)
    for connection in connections:
        for direction in (0, 1):
            frames += connection.segments(direction, everything=True)
    return frames


def pcap(frames):
    records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for number, frame in enumerate(frames):
        records.append(struct.pack("<IIII", 1700000000 + number // 1000, number % 1000 * 1000, len(frame), len(frame)) + frame)
    return b"".join(records)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--count", type=int, default=12000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--pcap", required=True)
    arguments.add_argument("--json", required=True)
    arguments.add_argument("--cut-headers", action="store_true", help="cut inside headers too; the dissector loses such PDUs")
    options = arguments.parse_args()
    generator = Generator(options.seed)
    # Every command in turn, so that each is there as often as the others, in an order of chance.
    commands = [COMMANDS[n % len(COMMANDS)] for n in range(options.count)]
    generator.random.shuffle(commands)
    pdus = [generator.pdu(command) for command in commands]
    frames = capture(pdus, generator.random, options.cut_headers)
    pathlib.Path(options.pcap).write_bytes(pcap(frames))
    with open(options.json, "w") as file:
        for line, _ in pdus:
            print(json.dumps(line, separators=(",", ":")), file=file)
    print(f"{len(pdus)} PDUs of {len(COMMANDS)} commands in {len(frames)} frames, seed {options.seed}")


if __name__ == "__main__":
    main()
