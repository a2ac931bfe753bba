#!/usr/bin/env python3
"""What `smpp decode --json` read from a capture, and what `smpp encode --json` made of that, against the generator.

    generated_compare.py GENERATED DECODED ENCODED

GENERATED is the JSON of generate_pdus.py, DECODED what `smpp decode --json --file CAPTURE` printed, ENCODED what
`smpp encode --json` printed when it was fed with DECODED. Compared are all header keys, body, optional parameters and
names of deviations, and the octets of every PDU without a deviation. The exit code is 1 when anything differs.
"""

import json
import sys

KEYS = ("command_length", "command_id", "command", "command_status", "body")


def lines(path):
    with open(path) as file:
        return [json.loads(line) for line in file]


def differences(generated, decoded, encoded):
    written = {pdu["sequence_number"]: pdu for pdu in generated}
    if not len(written) == len(decoded) == len(encoded):
        yield f"{len(written)} generated, {len(decoded)} decoded, {len(encoded)} encoded"
    for read, again in zip(decoded, encoded):
        sequence = read.get("sequence_number")
        pdu = written.pop(sequence, None)
        if pdu is None:
            yield f"sequence_number {sequence}: never written, or read twice: {json.dumps(read)[:200]}"
            continue
        deviations = [deviation["name"] for deviation in pdu["deviations"]]
        found = [deviation["name"] for deviation in read.get("deviations", [])]
        if deviations != found:
            yield f"{pdu['command']} {sequence}: deviations {found}, written with {deviations}"
        if deviations:
            continue
        for key in KEYS:
            if read.get(key) != pdu[key]:
                yield f"{pdu['command']} {sequence}: {key} {read.get(key, read.get('error'))}, written {pdu[key]}"
        # The generator gives no names to vendor parameters; ours may know one.
        names = [tlv["name"] for tlv in pdu["tlvs"]]
        tlvs = [dict(tlv, name=tlv["name"] if name else None) for tlv, name in zip(read.get("tlvs", []), names)]
        if tlvs != pdu["tlvs"] or len(read.get("tlvs", [])) != len(names):
            yield f"{pdu['command']} {sequence}: tlvs {read.get('tlvs')}, written {pdu['tlvs']}"
        if again.get("hex") != pdu["hex"]:
            yield f"{pdu['command']} {sequence}: encoded {again.get('hex', again.get('error'))}, written {pdu['hex']}"
    for sequence, pdu in written.items():
        yield f"{pdu['command']} {sequence}: written, never read"


def main():
    generated, decoded, encoded = map(lines, sys.argv[1:])
    found = list(differences(generated, decoded, encoded))
    for difference in found[:20]:
        print(f"DIFFERENT {difference[:1000]}")
    print(f"{len(generated)} PDUs written, read and written again: {len(found)} differences")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
