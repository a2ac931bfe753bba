#!/usr/bin/env node
'use strict';
// An SMSC on the npm package `smpp`, which shares no code with ours: the foreign side for `smpp send` and
// `smpp listen`. It behaves as the page of the provider `wavix` says and takes the options of `smpp smsc`
// that the peer tests use, so that the same steps can be run against either.
//
//   node node_smsc.js --listen 127.0.0.1:0 --system-id NAME --password WORD --rule 4477=mo:udh8:hello
//
// Rules, by the longest prefix of the destination: `refuse:STATUS`, `rejected:CODE`, `throttle:N` (the first N
// submissions), `mo[:udh8|udh16|sar|payload]:TEXT` (a message back, beside the receipt).

const { EventEmitter } = require('events');
const smpp = require('smpp');

const SUPPORTED = ['bind_transmitter', 'bind_receiver', 'bind_transceiver', 'unbind', 'submit_sm', 'enquire_link'];
const UDHI = 0x40;
const RECEIPT = 0x04;
const DELIVERED = 2;
const REJECTED = 8;

/** Cuts a text where no escape pair and no surrogate pair is cut; `size` counts what one character costs. */
function cut(text, limit, size) {
    const parts = [''];
    let used = 0;
    for (const character of text) {
        if (used + size(character) > limit) {
            parts.push('');
            used = 0;
        }
        parts[parts.length - 1] += character;
        used += size(character);
    }
    return parts;
}

/** The bodies of the deliver_sm PDUs that carry a text by one of the four methods, or short when it fits. */
function bodies(text, method, reference) {
    const unicode = smpp.encodings.detect(text) !== 'ASCII';
    const data_coding = unicode ? 8 : 0;
    const size = unicode ? c => c.length : c => ('\f^{}\\[~]|€'.includes(c) ? 2 : 1);
    const [single, udh8, udh16] = unicode ? [70, 67, 66] : [160, 153, 152];
    if (method === 'payload') return [{ data_coding, message_payload: text }];
    if (cut(text, single, size).length === 1) return [{ data_coding, short_message: text }];
    const parts = cut(text, method === 'udh16' ? udh16 : udh8, size);
    return parts.map((part, index) => {
        const place = [parts.length, index + 1];
        switch (method) {
            case 'udh8':
                return { data_coding, esm_class: UDHI,
                    short_message: { udh: Buffer.from([5, 0, 3, reference & 0xff, ...place]), message: part } };
            case 'udh16':
                return { data_coding, esm_class: UDHI,
                    short_message: { udh: Buffer.from([6, 8, 4, reference >> 8, reference & 0xff, ...place]), message: part } };
            case 'sar':
                return { data_coding, short_message: part, sar_msg_ref_num: reference,
                    sar_total_segments: place[0], sar_segment_seqnum: place[1] };
            default:
                throw new Error(`no method ${method}`);
        }
    });
}

/** Where a submit_sm stands in its message: {method, reference, total, number}. */
function place(pdu) {
    const header = pdu.short_message && pdu.short_message.udh;
    for (const element of header || []) {
        if (element[0] === 0x00) return { method: 'udh8', reference: element[2], total: element[3], number: element[4] };
        if (element[0] === 0x08) {
            return { method: 'udh16', reference: element.readUInt16BE(2), total: element[4], number: element[5] };
        }
    }
    if (pdu.sar_total_segments !== undefined) {
        return { method: 'sar', reference: pdu.sar_msg_ref_num, total: pdu.sar_total_segments, number: pdu.sar_segment_seqnum };
    }
    return { method: pdu.message_payload ? 'payload' : null, reference: 0, total: 1, number: 1 };
}

/** The text of one PDU as the package decoded it: GSM 03.38 under data_coding 0, UTF-16 under 8. */
function text(pdu) {
    const body = pdu.message_payload || pdu.short_message;
    return body && body.message !== undefined ? body.message.toString() : '';
}

/** The SMSC. Emits `bound`, `submitted` (each part), `message` (joined), `enquired`, `unbound`, `closed`. */
class Smsc extends EventEmitter {
    constructor({ systemId, password, rules = [], receiptAfter = 50, enquireLink = 0 } = {}) {
        super();
        Object.assign(this, { systemId, password, rules, receiptAfter, enquireLink });
        this.submissions = 0;
        this.reference = 0x0100;
        this.joining = new Map();
        this.server = smpp.createServer(session => this.serve(session));
    }

    listen(host, port) {
        return new Promise((resolve, reject) => {
            this.server.on('error', reject);
            this.server.listen(port, host, () => resolve(this.server.address()));
        });
    }

    /** Stops listening and cuts what is still connected. */
    close() {
        this.server.close();
        for (const session of [...this.server.sessions]) session.destroy();
    }

    serve(session) {
        let timer;
        session.on('error', error => this.emit('fault', error));
        session.on('close', () => {
            clearInterval(timer);
            this.emit('closed', session);
        });
        session.on('pdu', pdu => {
            if (pdu.isResponse()) return;
            if (!SUPPORTED.includes(pdu.command)) {
                session.generic_nack({ sequence_number: pdu.sequence_number, command_status: smpp.ESME_RINVCMDID });
            } else if (pdu.command.startsWith('bind_')) {
                if (this.bind(session, pdu) && this.enquireLink) {
                    timer = setInterval(() => session.enquire_link(() => this.emit('answered', session)), this.enquireLink);
                }
            } else if (pdu.command === 'submit_sm') {
                this.submit(session, pdu);
            } else {
                session.send(pdu.response());
                this.emit(pdu.command === 'unbind' ? 'unbound' : 'enquired', session);
                if (pdu.command === 'unbind') session.close();
            }
        });
    }

    bind(session, pdu) {
        const known = (!this.systemId || pdu.system_id === this.systemId) && (!this.password || pdu.password === this.password);
        session.send(pdu.response(known
            ? { system_id: 'node-smpp', sc_interface_version: 0x34 }
            : { command_status: smpp.ESME_RBINDFAIL }));
        if (known) this.emit('bound', session, pdu);
        return known;
    }

    rule(destination) {
        const found = this.rules.filter(([prefix]) => destination.startsWith(prefix)).sort((a, b) => b[0].length - a[0].length)[0];
        const [name, ...rest] = (found ? found[1] : 'delivered').split(':');
        return { name, argument: rest.join(':') };
    }

    submit(session, pdu) {
        const rule = this.rule(pdu.destination_addr);
        this.submissions += 1;
        if (rule.name === 'refuse') {
            session.send(pdu.response({ command_status: smpp.errors[rule.argument] }));
            return;
        }
        if (rule.name === 'throttle' && this.submissions <= Number(rule.argument)) {
            session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
            return;
        }
        const id = `n-${this.submissions}`;
        session.send(pdu.response({ message_id: id }));
        this.emit('submitted', pdu, id);
        this.join(session, pdu, rule);
        if (pdu.registered_delivery & 1) setTimeout(() => this.receipt(session, pdu, id, rule), this.receiptAfter);
    }

    /** Puts the parts of a message together, in whatever order they come, and tells it once. */
    join(session, pdu, rule) {
        const at = place(pdu);
        const key = [pdu.source_addr, pdu.destination_addr, at.method, at.reference, at.total].join('|');
        const parts = this.joining.get(key) || new Map();
        parts.set(at.number, text(pdu));
        this.joining.set(key, parts);
        if (parts.size < at.total) return;
        this.joining.delete(key);
        const whole = [...parts.keys()].sort((a, b) => a - b).map(number => parts.get(number)).join('');
        this.emit('message', { from: pdu.source_addr, to: pdu.destination_addr, text: whole, parts: at.total,
            method: at.method, data_coding: pdu.data_coding });
        if (rule.name !== 'mo') return;
        const [method, ...rest] = rule.argument.split(':');
        this.mo(session, pdu.destination_addr, pdu.source_addr, ...(rest.length ? [rest.join(':'), method] : [rule.argument]));
    }

    receipt(session, pdu, id, rule) {
        const rejected = rule.name === 'rejected';
        const time = new Date().toISOString().replace(/\D/g, '').slice(2, 12);
        const options = {
            ...this.from(pdu.destination_addr, pdu.source_addr), esm_class: RECEIPT, data_coding: 0,
            short_message: `id:${id} sub:001 dlvrd:${rejected ? '000' : '001'} submit date:${time} done date:${time} ` +
                `stat:${rejected ? 'REJECTD' : 'DELIVRD'} err:${rejected ? rule.argument : '000'}`,
            receipted_message_id: id,
            message_state: rejected ? REJECTED : DELIVERED,
        };
        if (rejected) {
            const code = Number(rule.argument);
            options.network_error_code = Buffer.from([3, code >> 8, code & 0xff]);
        }
        if (pdu.user_message_reference !== undefined) options.user_message_reference = pdu.user_message_reference;
        session.deliver_sm(options, response => this.emit('receipted', id, response.command_status));
    }

    /** A message from a handset. TEXT may be `N*X`: X, N times. Resolves when every part is acknowledged. */
    mo(session, from, to, what, method = 'udh8') {
        const repeated = /^(\d+)\*(.+)$/s.exec(what);
        this.reference = (this.reference + 1) & 0xffff;
        const parts = bodies(repeated ? repeated[2].repeat(Number(repeated[1])) : what, method, this.reference);
        return Promise.all(parts.map(body => new Promise(resolve => {
            session.deliver_sm({ ...this.from(from, to), ...body }, response => resolve(response.command_status));
        })));
    }

    from(source, destination) {
        const numeric = address => (/^\d+$/.test(address) ? [1, 1] : [5, 0]);
        const [[source_addr_ton, source_addr_npi], [dest_addr_ton, dest_addr_npi]] = [numeric(source), numeric(destination)];
        return { source_addr_ton, source_addr_npi, source_addr: source,
            dest_addr_ton, dest_addr_npi, destination_addr: destination };
    }
}

module.exports = { Smsc, smpp };

async function main() {
    const { values } = require('util').parseArgs({ options: {
        listen: { type: 'string', default: '127.0.0.1:2775' }, 'system-id': { type: 'string' }, password: { type: 'string' },
        rule: { type: 'string', multiple: true, default: [] }, 'enquire-link': { type: 'string', default: '0s' },
        'receipt-after': { type: 'string', default: '50ms' }, profile: { type: 'string' }, json: { type: 'boolean' },
    } });
    const milliseconds = time => Number.parseFloat(time) * (time.endsWith('ms') ? 1 : 1000);
    const smsc = new Smsc({
        systemId: values['system-id'], password: values.password,
        rules: values.rule.map(rule => /^\+?(\d*)=(.*)$/s.exec(rule).slice(1)),
        enquireLink: milliseconds(values['enquire-link']), receiptAfter: milliseconds(values['receipt-after']),
    });
    const print = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));
    smsc.on('bound', (_, pdu) => print('bound', { system_id: pdu.system_id, interface_version: pdu.interface_version }));
    smsc.on('message', message => print('message', message));
    smsc.on('unbound', () => print('unbound'));
    smsc.on('closed', () => print('closed'));
    smsc.on('fault', error => print('fault', { reason: error.message }));
    const [host, port] = values.listen.split(':');
    const address = await smsc.listen(host, Number(port));
    print('listening', { address: `${address.address}:${address.port}` });
}

if (require.main === module) main();
