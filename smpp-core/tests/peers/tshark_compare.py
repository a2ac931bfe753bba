#!/usr/bin/env python3
"""Wireshark's SMPP dissector against `smpp decode --json`, PDU by PDU and field by field.

    tshark_compare.py CAPTURE JSON_LINES

Compared are the octets under each name: header, mandatory fields, lists, and each optional parameter's tag, length,
name and value, in order. PDUs are paired by sequence_number, which must be unique. What the dissector (4.0.17) cannot
do is listed in LIMITS, counted and printed; any other difference is printed and makes the exit code 1.
"""

import collections
import json
import re
import subprocess
import sys
import xml.etree.ElementTree

LIMITS = {
    "request status": "command_status of a request is not shown",
    "error body": "the body of an error response is not decoded",
    "no body": "an OK response without a body is called malformed",
    "bare": "optional parameters of query_sm_resp and of responses without mandatory fields are not decoded",
    "empty": "an empty C-octet string is not shown",
    "list": "dest_flag and the counts of lists are not shown (the lists themselves are)",
    "second time": "validity_period of submit_multi is labelled schedule_delivery_time",
    "value": "no value is shown for callback_num and callback_num_atag",
    "short read": "broadcast_rep_num is read as one octet, ms_validity as one of up to four, broadcast_end_time "
                  "without NUL too far: such a value and all behind it in the PDU is not compared",
    "dest_port": "destination_port has the name dest_port",
    "unnamed": "vendor parameters have no name",
}
RESPONSE = 0x80000000
# Parts of one octet, each shown with the whole octet: one of them stands for the field.
OCTETS = {"esm.submit.msg_mode": "esm_class", "regdel.receipt": "registered_delivery"}
PARTS = {"esm.submit.msg_type", "esm.submit.features", "regdel.acks", "regdel.notif", "message_text"}
NAMES = {"message": "short_message"}
LISTS = {"dlist": "dest_address", "dlist_resp": "unsuccess_sme"}
COUNTS = {"number_of_dests", "no_unsuccess"}
NO_VALUE = {"callback_num", "callback_num_atag"}
BARE = {"query_sm_resp", "cancel_sm_resp", "replace_sm_resp", "unbind_resp", "enquire_link_resp", "cancel_broadcast_sm_resp"}


def octets(field):
    """What a field covers, in hex; for a part of an octet, the whole octet."""
    return field.get("unmaskedvalue") or field.get("value") or ""


def name_of(field):
    name = field.get("name").removeprefix("smpp.").removesuffix("_r")
    return OCTETS.get(name) or NAMES.get(name) or name


class Dissected:
    """One PDU as the dissector shows it."""

    def __init__(self, proto):
        self.fields, self.lists, self.tlvs = {}, {}, []
        for field in proto.findall("field"):
            name = name_of(field)
            if name in PARTS or not field.get("name").startswith("smpp."):
                continue
            if name in LISTS:
                self.lists[LISTS[name]] = self._entries(field)
            elif name == "opt_params":
                self.tlvs = [self._tlv(tlv) for tlv in field.findall("field")]
            elif name in self.fields:
                self.fields["second " + name] = octets(field)
            else:
                self.fields[name] = octets(field)

    @staticmethod
    def _entries(field):
        entries = []
        for child in field.findall("field"):
            if name_of(child) in ("dest_addr_ton", "dl_name"):
                entries.append({})
            entries[-1][name_of(child)] = octets(child)
        return entries

    @staticmethod
    def _tlv(field):
        """(tag, length, name, {offset in the value: hex}) of one optional parameter."""
        tag, length, *shown = field.findall("field")
        start = int(length.get("pos")) + 2
        name = re.match(r"Optional parameter: (\S+)", field.get("showname"))[1]
        values = {int(part.get("pos")) - start: octets(part) for part in shown if octets(part)}
        return int(tag.get("value"), 16), int(length.get("value"), 16), name, values


def dissect(capture):
    """Every PDU that tshark finds, by sequence number."""
    command = ["tshark", "-r", capture, "-d", "tcp.port==2775,smpp", "-o", "tcp.reassemble_out_of_order:TRUE",
               "--disable-protocol", "gsm_sms_ud", "-Y", "smpp", "-T", "pdml", "-J", "smpp"]
    output = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True).stdout
    # Texts with control characters make the XML invalid; we compare octets and can do without them.
    text = re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd]", "", output.decode(errors="replace"))
    found = {}
    for proto in xml.etree.ElementTree.fromstring(text).iter("proto"):
        if proto.get("name") == "smpp":
            pdu = Dissected(proto)
            sequence = int(pdu.fields["sequence_number"], 16)
            assert sequence not in found, f"sequence_number {sequence} twice in the capture"
            found[sequence] = pdu
    return found


def same(ours, theirs):
    """A value of our JSON and octets in hex: an integer, a C-octet string, or hex for short_message."""
    if isinstance(ours, int):
        return theirs != "" and int(theirs, 16) == ours
    return ours.encode("latin-1").hex() + "00" == theirs


class Comparison:
    def __init__(self):
        self.compared, self.limits, self.differences = collections.Counter(), collections.Counter(), []

    def differ(self, ours, what, here, there):
        self.differences.append(f"{ours.get('command')} {ours.get('sequence_number')}: {what}: smpp {here!r}, tshark {there!r}")

    def pdu(self, ours, theirs):
        if "error" in ours or "body" not in ours:
            return self.differ(ours, "refused", ours.get("error"), "decoded")
        self.compared["PDUs"] += 1
        deviations = {deviation["name"] for deviation in ours["deviations"]}
        failed = bool(ours["command_id"] & RESPONSE and ours["command_status"])
        if failed and deviations == {"body_in_error"}:
            self.limits["error body"] += 1
        elif deviations == {"missing_body"}:
            self.limits["no body"] += 1
        elif deviations:
            self.differ(ours, "deviations", sorted(deviations), None)
        self.header(ours, theirs)
        if not failed:
            self.body(ours, theirs)
            self.tlvs(ours, theirs)

    def header(self, ours, theirs):
        for name in ("command_length", "command_id", "command_status", "sequence_number"):
            shown = theirs.fields.pop(name, None)
            if name == "command_status" and shown is None and not ours["command_id"] & RESPONSE:
                self.limits["request status"] += 1
                shown = "00000000"
            self.field(ours, name, ours[name], shown)

    def field(self, ours, name, here, there):
        self.compared["fields"] += 1
        if there is None and here == "":
            self.limits["empty"] += 1
        elif there is None or not same(here, there):
            self.differ(ours, name, here, there)

    def body(self, ours, theirs):
        shown = theirs.fields
        if "second schedule_delivery_time" in shown and ours["command"] == "submit_multi":
            self.limits["second time"] += 1
            shown["validity_period"] = shown.pop("second schedule_delivery_time")
        for name, value in ours["body"].items():
            if isinstance(value, list):
                self.list(ours, name, value, theirs.lists.pop(name, []))
            elif name in COUNTS:
                self.limits["list"] += 1
            elif name == "short_message":
                self.compared["fields"] += 1
                if value != shown.pop(name, ""):
                    self.differ(ours, name, value, "other octets")
            else:
                self.field(ours, name, value, shown.pop(name, None))
        for name, value in [*shown.items(), *theirs.lists.items()]:
            self.differ(ours, name, None, value)

    def list(self, ours, name, here, there):
        if len(here) != len(there):
            return self.differ(ours, name, len(here), len(there))
        for index, (entry, shown) in enumerate(zip(here, there)):
            for key in entry.keys() - {"dest_flag"}:
                self.field(ours, f"{name}[{index}].{key}", entry[key], shown.pop(key, None))
            if shown:
                self.differ(ours, f"{name}[{index}]", sorted(entry), sorted(shown))

    def tlvs(self, ours, theirs):
        theirs = theirs.tlvs
        if ours["tlvs"] and not theirs and ours["command"] in BARE:
            self.limits["bare"] += 1
            return None
        for index, tlv in enumerate(ours["tlvs"]):
            if index == len(theirs):
                return self.differ(ours, "tlvs", len(ours["tlvs"]), len(theirs))
            if not self.tlv(ours, tlv, *theirs[index]):
                return None
        if len(theirs) > len(ours["tlvs"]):
            self.differ(ours, "tlvs", len(ours["tlvs"]), len(theirs))

    def tlv(self, ours, tlv, tag, length, name, values):
        """Whether the dissector can be trusted with what stands behind this parameter."""
        self.compared["optional parameters"] += 1
        value = bytes.fromhex(tlv["value"])
        if (tlv["tag"], len(value)) != (tag, length):
            self.differ(ours, "tag, length", (tlv["tag"], len(value)), (tag, length))
            return False
        if name == "dest_port":
            self.limits["dest_port"] += 1
            name = "destination_port"
        if name.startswith("0x"):
            self.limits["unnamed"] += 1
        elif tlv["name"] != name:
            self.differ(ours, f"name of tag {tag:#06x}", tlv["name"], name)
        if (name == "broadcast_rep_num" or name == "ms_validity" and length > 1
                or name == "broadcast_end_time" and value[-1:] != b"\0"):
            self.limits["short read"] += 1
            return False
        if name in NO_VALUE:
            self.limits["value"] += 1
            return True
        shown = bytearray(length)
        covered = set()
        for offset, part in values.items():
            shown[offset:offset + len(part) // 2] = bytes.fromhex(part)
            covered.update(range(offset, offset + len(part) // 2))
        if bytes(shown) != value or covered != set(range(length)):
            self.differ(ours, f"value of {name}", tlv["value"], values)
        return True


def main():
    capture, lines = sys.argv[1:]
    theirs = dissect(capture)
    comparison = Comparison()
    with open(lines) as file:
        for line in file:
            ours = json.loads(line)
            dissected = theirs.pop(ours.get("sequence_number"), None)
            if dissected is None:
                comparison.differ(ours, "PDU", ours.get("offset"), "not found")
            else:
                comparison.pdu(ours, dissected)
    for sequence in theirs:
        comparison.differ({"sequence_number": sequence}, "PDU", "not found", "found")
    print("compared: " + ", ".join(f"{count} {what}" for what, count in comparison.compared.items()))
    for limit, count in comparison.limits.most_common():
        print(f"limit of the dissector, {count} times: {LIMITS[limit]}")
    for difference in comparison.differences[:20]:
        print(f"DIFFERENT {difference}")
    print(f"{len(comparison.differences)} unexplained differences")
    sys.exit(1 if comparison.differences else 0)


if __name__ == "__main__":
    main()
