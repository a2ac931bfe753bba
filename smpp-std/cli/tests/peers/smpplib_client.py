#!/usr/bin/env python3
"""The Python package smpplib as a client of an SMSC simulator, step by step.

    smpplib_client.py smpp smsc              our simulator
    smpplib_client.py node node_smsc.js      a foreign one: shows that the steps themselves are right

The command is started with the options of `smpp smsc` that the steps need, and ended when they are done. Each step
prints `ok` or `FAIL`; the exit code is 1 when any failed. Every wait is bounded.
"""

import contextlib
import itertools
import json
import logging
import re
import select
import subprocess
import sys
import threading
import time

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm
import smpplib.smpp

SYSTEM_ID, PASSWORD = "peer", "8letters"  # smpplib cuts passwords to eight octets
SENDER, HANDSET = "447700900001", "447700900100"
NUMBERS = itertools.count(int(HANDSET) + 1)
WAIT = 10.0
PAUSE = 0.075  # between submissions: below the profile's 20 requests a second
GSM_SHORT = "Grüße für 5 €: {[~^|\\]} Ω@Ç"
UNICODE_SHORT = "Привет, мир! 🌍👩‍🚀"
GSM_LONG = "The quick brown fox costs £5 and jumps över à piñata no. 42. " * 8
UNICODE_LONG = "Длинное сообщение с эмодзи 🚀 и без него. " * 5
MO_GSM, MO_UNICODE = "pong £@ü ", "понг 🏓 "
UCS2 = smpplib.consts.SMPP_ENCODING_ISO10646
RINVCMDID, RSUBMITFAIL = 0x03, 0x45
UDHI, MESSAGE_TYPE, RECEIPT = 0x40, 0x3C, 0x04
REJECTED_TO, REFUSED_TO = "447700900555", "447700900666"
MO_TO = {method: f"44771190000{n}" for n, method in enumerate(["udh8", "udh16", "sar", "payload"])}
MO_SHORT_TO = "447712900000"
RULES = [f"{REJECTED_TO}=rejected:1005", f"{REFUSED_TO}=refuse:ESME_RSUBMITFAIL", f"{MO_SHORT_TO}=mo:{MO_UNICODE.strip()}"]
RULES += [f"{to}=mo:{method}:40*{MO_UNICODE if method == 'sar' else MO_GSM}" for method, to in MO_TO.items()]
RECEIPT_TEXT = re.compile(
    rb"id:(?P<id>\S+) sub:(?P<sub>\d+) dlvrd:(?P<dlvrd>\d+) submit date:(?P<submit>\d+) "
    rb"done date:(?P<done>\d+) stat:(?P<stat>\w+) err:(?P<err>\w+)"
)


class Simulator:
    """The SMSC program, the JSON lines it prints, and where it listens."""

    def __init__(self, command):
        options = ["--json", "--listen", "127.0.0.1:0", "--profile", "wavix", "--system-id", SYSTEM_ID,
                   "--password", PASSWORD, "--receipt-after", "100ms", "--enquire-link", "2s"]
        options += [part for rule in RULES for part in ("--rule", rule)]
        self.process = subprocess.Popen(command + options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        self.events = []
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        try:
            self.host, _, port = self.wait(lambda event: event["event"] == "listening")["address"].rpartition(":")
        except BaseException:
            self.__exit__()
            raise
        self.port = int(port)
        return self

    def _read(self):
        for line in self.process.stdout:
            try:
                self.events.append(json.loads(line))
            except ValueError:
                print(f"     not JSON from the SMSC: {line!r}")

    def wait(self, wanted):
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            for event in list(self.events):
                if wanted(event):
                    return event
            if self.process.poll() is not None:
                raise AssertionError(f"the SMSC ended by itself with {self.process.returncode}")
            time.sleep(0.02)
        raise AssertionError("the SMSC did not report it in time")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Esme:
    """smpplib's client, with what it received so far."""

    def __init__(self, smsc):
        self.client = smpplib.client.Client(smsc.host, smsc.port, timeout=WAIT, allow_unknown_opt_params=True)
        self.client.set_message_sent_handler(lambda pdu: self.responses.__setitem__(pdu.sequence, pdu))
        self.client.set_error_pdu_handler(lambda pdu: self.responses.__setitem__(pdu.sequence, pdu))
        self.client.set_message_received_handler(self._received)
        self.responses, self.receipts, self.messages, self.enquired = {}, {}, [], 0
        self.client._enquire_link_received = self._enquire_link(self.client._enquire_link_received)
        self.client.connect()

    def _received(self, pdu):
        if pdu.esm_class & MESSAGE_TYPE == RECEIPT:
            found = RECEIPT_TEXT.fullmatch(pdu.short_message)
            assert found, f"receipt text {pdu.short_message!r}"
            assert found["id"] not in self.receipts, f"two receipts for {found['id']}"
            self.receipts[found["id"]] = (found, pdu)
        else:
            self.messages.append(pdu)

    def _enquire_link(self, answer):
        def counted(pdu):
            self.enquired += 1
            answer(pdu)
        return counted

    def pump(self, done, what):
        """Reads until `done()`; a wait without end is a failed step."""
        deadline = time.monotonic() + WAIT
        while not done():
            left = deadline - time.monotonic()
            assert left > 0, f"waited {WAIT:.0f} s for {what}"
            if select.select([self.client._socket], [], [], min(left, 0.1))[0]:
                self.client.read_once(auto_send_enquire_link=False)

    def send(self, pdu):
        self.client.send_pdu(pdu)
        self.pump(lambda: pdu.sequence in self.responses, f"the answer to {pdu.command}")
        return self.responses[pdu.sequence]

    def submit(self, to, **fields):
        time.sleep(PAUSE)
        return self.send(smpplib.smpp.make_pdu(
            "submit_sm", client=self.client, source_addr_ton=1, source_addr_npi=1, source_addr=SENDER,
            dest_addr_ton=1, dest_addr_npi=1, destination_addr=to, registered_delivery=1, **fields))


def encode(text):
    """(data_coding, octets) as smpplib chooses them."""
    try:
        return smpplib.consts.SMPP_ENCODING_DEFAULT, smpplib.gsm.gsm_encode(text)
    except UnicodeError:
        return UCS2, text.encode("utf-16-be")


def decode(octets, data_coding):
    if data_coding == UCS2:
        return octets.decode("utf-16-be")
    assert data_coding == 0, f"data_coding {data_coding}"
    table, text, shift = smpplib.gsm.GSM_CHARACTER_TABLE, "", 0
    for octet in octets:
        if octet == 0x1B:
            shift = 0x80
        else:
            text, shift = text + table[octet + shift], 0
    return text


def fragments(text, method):
    """The fields of the submit_sm PDUs that carry a text, cut so that no character is."""
    data_coding, octets = encode(text)
    if method == "payload":
        return [dict(data_coding=data_coding, message_payload=octets)]
    if method is None:
        return [dict(data_coding=data_coding, short_message=octets)]
    if method == "udh8":  # by smpplib's own splitter
        parts, data_coding, esm_class = smpplib.gsm.make_parts(text)
        return [dict(data_coding=data_coding, esm_class=esm_class, short_message=part) for part in parts]
    size = 132 if data_coding else 152
    pieces = [octets[at:at + size] for at in range(0, len(octets), size)]
    if method == "udh16":
        return [dict(data_coding=data_coding, esm_class=UDHI,
                     short_message=bytes([6, 8, 4, 0xBE, 0xEF, len(pieces), n]) + piece)
                for n, piece in enumerate(pieces, 1)]
    return [dict(data_coding=data_coding, short_message=piece, sar_msg_ref_num=0x0102,
                 sar_total_segments=len(pieces), sar_segment_seqnum=n) for n, piece in enumerate(pieces, 1)]


def check_receipt(esme, message_id, to, stat=b"DELIVRD", state=2, err=None, code=None, reference=None):
    """The receipt for one message id: text, TLVs, addresses turned round."""
    esme.pump(lambda: message_id in esme.receipts, f"the receipt for {message_id!r}")
    text, pdu = esme.receipts[message_id]
    assert text["stat"] == stat, text["stat"]
    assert err is None or text["err"] == err, text["err"]
    assert len(text["submit"]) >= 10 and len(text["done"]) >= 10, text[0]
    assert pdu.receipted_message_id == message_id, pdu.receipted_message_id
    assert pdu.message_state == state, pdu.message_state
    assert pdu.network_error_code is None if code is None else pdu.network_error_code[1:] == code, pdu.network_error_code
    assert pdu.user_message_reference == reference, pdu.user_message_reference
    assert (pdu.source_addr, pdu.destination_addr) == (to.encode(), SENDER.encode()), "addresses of the receipt"
    assert pdu.data_coding == 0, pdu.data_coding


def send_text(esme, smsc, text, method, data_coding=0, backwards=False):
    to = str(next(NUMBERS))  # of its own, so that the SMSC's report is this text's
    parts = fragments(text, method)
    assert (len(parts) > 1) == (method not in (None, "payload")), f"{len(parts)} parts"
    assert all(fields["data_coding"] == data_coding for fields in parts), "smpplib chose another coding"
    ids = []
    for fields in reversed(parts) if backwards else parts:
        response = esme.submit(to, **fields)
        assert response.status == 0, f"status {response.status:#x}"
        assert response.message_id, "no message_id"
        ids.append(response.message_id)
    assert len(set(ids)) == len(ids), f"message ids {ids}"
    for message_id in ids:
        check_receipt(esme, message_id, to)
    event = smsc.wait(lambda event: event["event"] == "message" and event["to"].lstrip("+") == to)
    assert event["text"] == text, f"the SMSC read {event['text']!r}"
    assert event["from"].lstrip("+") == SENDER and event["parts"] == len(parts), event


def joined(pdus):
    """The text of a message from the SMSC, from its parts in any order."""
    parts = {}
    for pdu in pdus:
        octets, number = pdu.short_message or b"", pdu.sar_segment_seqnum or 1
        if pdu.esm_class & UDHI:
            header, octets = octets[1:octets[0] + 1], octets[octets[0] + 1:]
            assert (header[0], header[1]) in ((0x00, 3), (0x08, 4)), f"UDH {header.hex()}"
            number = header[-1]
        parts[number] = decode(pdu.message_payload or octets, pdu.data_coding)
    return "".join(parts[number] for number in sorted(parts))


def total(pdu):
    return pdu.short_message[pdu.short_message[0] - 1] if pdu.esm_class & UDHI else pdu.sar_total_segments or 1


def receive_mo(esme, to, expected, method):
    esme.messages.clear()
    response = esme.submit(to, short_message=b"ping")
    check_receipt(esme, response.message_id, to)
    esme.pump(lambda: esme.messages and len(esme.messages) == total(esme.messages[0]), "every part of the message")
    for pdu in esme.messages:
        assert (pdu.source_addr, pdu.destination_addr) == (to.encode(), SENDER.encode()), "addresses"
        assert (pdu.message_payload is not None) == (method == "payload"), "method"
        assert bool(pdu.esm_class & UDHI) == (method in ("udh8", "udh16")), "method"
    assert joined(esme.messages) == expected, f"read {joined(esme.messages)!r}"


class Steps:
    passed = failed = 0

    @contextlib.contextmanager
    def __call__(self, name):
        try:
            yield
            self.passed += 1
            print(f"ok   {name}", flush=True)
        except Exception as error:  # whatever a step meets, the next one shall run
            self.failed += 1
            print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)


def wrong_password(smsc):
    esme = Esme(smsc)
    try:
        esme.client.bind_transceiver(system_id=SYSTEM_ID, password="wrong")
    except smpplib.exceptions.PDUError:
        return
    finally:
        esme.client.disconnect()
    raise AssertionError("bound")


def run(smsc, step):
    with step("bind with a wrong password is refused"):
        wrong_password(smsc)
    esme = Esme(smsc)
    with step("bind_transceiver, interface version 3.4"):
        response = esme.client.bind_transceiver(system_id=SYSTEM_ID, password=PASSWORD)
        assert response.sc_interface_version == 0x34, response.sc_interface_version
        smsc.wait(lambda event: event["event"] == "bound")
    with step("GSM text with extension characters, receipt"):
        send_text(esme, smsc, GSM_SHORT, None)
    with step("UCS2 text with emoji, receipt"):
        send_text(esme, smsc, UNICODE_SHORT, None, UCS2)
    for method in ("payload", "sar", "udh8", "udh16"):
        with step(f"long GSM text by {method}, a receipt for each part"):
            send_text(esme, smsc, GSM_LONG, method)
        with step(f"long UCS2 text by {method}, parts backwards, a receipt for each"):
            send_text(esme, smsc, UNICODE_LONG, method, UCS2, backwards=True)
    with step("user_message_reference comes back in the receipt"):
        response = esme.submit(HANDSET, short_message=b"referenced", user_message_reference=0xCAFE)
        check_receipt(esme, response.message_id, HANDSET, reference=0xCAFE)
    with step("rejected message: REJECTD with error 1005 in text and TLV"):
        response = esme.submit(REJECTED_TO, short_message=b"no route")
        check_receipt(esme, response.message_id, REJECTED_TO, b"REJECTD", 8, b"1005", bytes([1005 >> 8, 1005 & 0xFF]))
    with step("refused submission: ESME_RSUBMITFAIL"):
        response = esme.submit(REFUSED_TO, short_message=b"refuse me")
        assert response.status == RSUBMITFAIL, f"status {response.status:#x}"
    with step("short message from a handset, UCS2"):
        receive_mo(esme, MO_SHORT_TO, MO_UNICODE.strip(), None)
    for method, to in MO_TO.items():
        with step(f"long message from a handset by {method}"):
            receive_mo(esme, to, 40 * (MO_UNICODE if method == "sar" else MO_GSM), method)
    with step("enquire_link from the client is answered"):
        pdu = smpplib.smpp.make_pdu("enquire_link", client=esme.client)
        answers = []
        read_pdu = esme.client.read_pdu

        def noted():
            answers.append(read_pdu())
            return answers[-1]

        esme.client.read_pdu = noted
        esme.client.send_pdu(pdu)
        esme.pump(lambda: any(a.command == "enquire_link_resp" and a.sequence == pdu.sequence for a in answers), "the answer")
    with step("enquire_link from the SMSC when idle, the session goes on"):
        before = esme.enquired
        esme.pump(lambda: esme.enquired > before + 1, "two enquire_link of the SMSC")
    with step("query_sm, which the provider does not offer: generic_nack ESME_RINVCMDID"):
        response = esme.send(smpplib.smpp.make_pdu("query_sm", client=esme.client, message_id="1", source_addr_ton=1,
                                                   source_addr_npi=1, source_addr=SENDER))
        assert (response.command, response.status) == ("generic_nack", RINVCMDID), (response.command, response.status)
    with step("the session lives on after it"):
        send_text(esme, smsc, "still here", None)
    with step("unbind is answered"):
        response = esme.client.unbind()
        assert (response.command, response.status) == ("unbind_resp", 0), (response.command, response.status)
        smsc.wait(lambda event: event["event"] == "unbound")
    esme.client.disconnect()


def main():
    logging.disable(logging.WARNING)  # it logs every generic_nack
    step = Steps()
    with step("the SMSC listens"), Simulator(sys.argv[1:]) as smsc:
        run(smsc, step)
    print(f"smpplib_client: {step.passed} passed, {step.failed} failed")
    sys.exit(1 if step.failed else 0)


if __name__ == "__main__":
    main()
