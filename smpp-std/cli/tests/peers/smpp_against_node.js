#!/usr/bin/env node
'use strict';
// `smpp send` and `smpp listen` against an SMSC on the npm package `smpp` (node_smsc.js), step by step.
//
//   node smpp_against_node.js PATH_OF_SMPP
//
// Each step has an SMSC of its own, prints `ok` or `FAIL`, and is ended when it takes too long; the exit code is 1
// when any failed.

const assert = require('assert');
const { spawn } = require('child_process');
const { Smsc } = require('./node_smsc.js');

const PROGRAM = process.argv[2];
const WAIT = 30_000;
const SYSTEM_ID = 'peer';
const PASSWORD = 'longer than eight characters';
const SENDER = 'Sender';
const HANDSET = '447700900100';
const GSM_SHORT = 'Grüße für 5 €: {[~^|\\]} Ω@Ç';
const UNICODE_SHORT = 'Привет, мир! 🌍👩‍🚀';
const GSM_LONG = 'The quick brown fox costs £5 {and} jumps över à piñata no. 42 for 3 €. '.repeat(15).slice(0, 1000);
const UNICODE_LONG = 'Длинное сообщение 🚀 с эмодзи. '.repeat(10);
const METHODS = ['payload', 'sar', 'udh8', 'udh16'];

/** Runs `smpp COMMAND …` against the SMSC and collects what it prints; never longer than WAIT. */
function run(port, command, options, password = PASSWORD) {
    const common = ['--json', '--profile', 'wavix', '--connect', `127.0.0.1:${port}`, '--system-id', SYSTEM_ID];
    const child = spawn(PROGRAM, [command, ...common, ...options],
        { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, SMPP_PASSWORD: password } });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr']) child[stream].on('data', data => { output[stream] += data; });
    const timer = setTimeout(() => child.kill('SIGKILL'), WAIT);
    return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (code, signal) => {
            clearTimeout(timer);
            if (signal) return reject(new Error(`ended by ${signal} after ${WAIT / 1000} s; it said ${output.stdout}${output.stderr}`));
            const events = output.stdout.split('\n').filter(Boolean).map(line => JSON.parse(line));
            resolve({ code, events, stderr: output.stderr.trim(), all: name => events.filter(e => e.event === name) });
        });
    });
}

/** An SMSC with a note of all that it saw. */
async function smsc(options, body) {
    const peer = new Smsc({ systemId: SYSTEM_ID, password: PASSWORD, ...options });
    const seen = { bound: [], submitted: [], message: [], receipted: [], enquired: [], answered: [], unbound: [] };
    peer.on('bound', (session, pdu) => seen.bound.push(pdu));
    peer.on('submitted', (pdu, id) => seen.submitted.push({ pdu, id }));
    peer.on('message', message => seen.message.push(message));
    peer.on('receipted', (id, status) => seen.receipted.push({ id, status }));
    for (const event of ['enquired', 'answered', 'unbound']) peer.on(event, () => seen[event].push(true));
    const { port } = await peer.listen('127.0.0.1', 0);
    try {
        return await body(port, seen, peer);
    } finally {
        peer.close();
    }
}

const send = (port, options, password) => run(port, 'send', ['--from', SENDER, '--to', `+${HANDSET}`, ...options], password);

function ended(result, code) {
    assert.strictEqual(result.code, code, `exit code ${result.code}: ${result.stderr}`);
}

/** What must hold on both sides when a text was sent and delivered. */
function delivered(result, seen, { text, method = null, from = SENDER, to = HANDSET }) {
    ended(result, 0);
    assert.strictEqual(seen.message.length, 1, `${seen.message.length} messages`);
    const [message] = seen.message;
    assert.strictEqual(message.text, text);
    assert.deepStrictEqual([message.from, message.to, message.method], [from, to, method]);
    assert.strictEqual(message.parts > 1, METHODS.slice(1).includes(method), `${message.parts} parts`);
    const ids = seen.submitted.map(({ id }) => id).sort();
    const parts = message.parts;
    assert.strictEqual(result.all('bound').length, 1);
    assert.strictEqual(result.all('submitted').length, parts);
    assert.deepStrictEqual(result.all('accepted').map(e => e.message_id).sort(), ids);
    const receipts = result.all('receipt');
    assert.deepStrictEqual(receipts.map(e => e.message_id).sort(), ids);
    for (const receipt of receipts) {
        assert.deepStrictEqual([receipt.state, receipt.stat, receipt.final], ['delivered', 'DELIVRD', true]);
    }
    assert.deepStrictEqual(seen.receipted.map(({ status }) => status), ids.map(() => 0), 'deliver_sm_resp of each receipt');
    const done = result.events.at(-1);
    assert.deepStrictEqual([done.event, done.delivered, done.failed, done.unknown], ['done', 1, 0, 0]);
    assert.strictEqual(seen.unbound.length, 1, 'it must unbind');
}

const steps = [];
const step = (name, body) => steps.push({ name, body });

step('bind as the profile asks: transceiver, 3.4, the whole password', () => smsc({}, async (port, seen) => {
    delivered(await send(port, ['--text', GSM_SHORT]), seen, { text: GSM_SHORT });
    const [bind] = seen.bound;
    assert.deepStrictEqual([bind.command, bind.interface_version, bind.password], ['bind_transceiver', 0x34, PASSWORD]);
}));

step('fields as the profile asks, alphanumeric sender', () => smsc({}, async (port, seen) => {
    delivered(await send(port, ['--text', 'fields']), seen, { text: 'fields' });
    const { pdu } = seen.submitted[0];
    assert.deepStrictEqual([pdu.source_addr_ton, pdu.source_addr_npi], [5, 0]);
    assert.deepStrictEqual([pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr], [1, 1, HANDSET]);
    assert.deepStrictEqual([pdu.registered_delivery, pdu.data_coding], [1, 0]);
}));

step('numeric sender', () => smsc({}, async (port, seen) => {
    const from = '447700900001';
    const result = await run(port, 'send', ['--from', from, '--to', HANDSET, '--text', 'numeric']);
    delivered(result, seen, { text: 'numeric', from });
    assert.deepStrictEqual([seen.submitted[0].pdu.source_addr_ton, seen.submitted[0].pdu.source_addr_npi], [1, 1]);
}));

step('UCS2 text with emoji', () => smsc({}, async (port, seen) => {
    delivered(await send(port, ['--text', UNICODE_SHORT]), seen, { text: UNICODE_SHORT });
    assert.strictEqual(seen.submitted[0].pdu.data_coding, 8);
}));

for (const method of METHODS) {
    for (const [name, text, coding] of [['1,000 GSM characters', GSM_LONG, 0], ['long UCS2 text with emoji', UNICODE_LONG, 8]]) {
        step(`${name} by ${method}`, () => smsc({}, async (port, seen) => {
            delivered(await send(port, ['--long', method, '--text', text]), seen, { text, method });
            assert.strictEqual(seen.submitted[0].pdu.data_coding, coding);
        }));
    }
}

step('--encoding ucs2 for a text that GSM carries', () => smsc({}, async (port, seen) => {
    delivered(await send(port, ['--encoding', 'ucs2', '--text', 'plain']), seen, { text: 'plain' });
    assert.strictEqual(seen.submitted[0].pdu.data_coding, 8);
}));

step('--no-receipt: none is asked for, none awaited', () => smsc({}, async (port, seen) => {
    const result = await send(port, ['--no-receipt', '--text', 'quiet']);
    ended(result, 0);
    assert.strictEqual(seen.submitted[0].pdu.registered_delivery, 0);
    assert.deepStrictEqual([result.all('accepted').length, result.all('receipt').length], [1, 0]);
}));

step('rejected with error 1005: its meaning is told', () => smsc({ rules: [['44', 'rejected:1005']] }, async (port, seen) => {
    const result = await send(port, ['--text', 'no route']);
    ended(result, 1);
    const [receipt] = result.all('receipt');
    assert.deepStrictEqual([receipt.message_id, receipt.state, receipt.stat, receipt.err, receipt.final],
        [seen.submitted[0].id, 'rejected', 'REJECTD', '1005', true]);
    assert.match(receipt.meaning, /sender/i);
    assert.strictEqual(result.events.at(-1).failed, 1);
}));

step('refused submission', () => smsc({ rules: [['44', 'refuse:ESME_RINVDSTADR']] }, async port => {
    const result = await send(port, ['--text', 'refuse me']);
    ended(result, 1);
    assert.deepStrictEqual(result.all('rejected').map(e => e.status), ['ESME_RINVDSTADR']);
    assert.strictEqual(result.all('accepted').length, 0);
}));

step('throttled twice, then accepted', () => smsc({ rules: [['44', 'throttle:2']] }, async (port, seen) => {
    const result = await send(port, ['--text', 'slow down']);
    ended(result, 0);
    assert.deepStrictEqual(result.all('throttled').map(e => e.status), ['ESME_RTHROTTLED', 'ESME_RTHROTTLED']);
    assert.deepStrictEqual([result.all('accepted').length, result.all('receipt').length, seen.message.length], [1, 1, 1]);
}));

step('wrong password: exit code 3', () => smsc({}, async (port, seen) => {
    ended(await send(port, ['--text', 'nobody'], 'wrong'), 3);
    assert.strictEqual(seen.submitted.length, 0);
}));

step('listen: short and long messages by every method, enquire_link both ways', () => smsc({ enquireLink: 700 }, async (port, seen, peer) => {
    const texts = [[GSM_SHORT], [UNICODE_SHORT]];
    for (const method of METHODS) texts.push([GSM_LONG, method], [UNICODE_LONG, method]);
    const statuses = [];
    peer.on('bound', async session => {
        // Idle first, so that enquire_link is due on both sides.
        await new Promise(resolve => setTimeout(resolve, 2500));
        for (const [text, method] of texts) statuses.push(...await peer.mo(session, HANDSET, '447700900001', text, method));
    });
    const result = await run(port, 'listen', ['--enquire-link', '1s', '--count', String(texts.length)]);
    ended(result, 0);
    const messages = result.all('message');
    assert.deepStrictEqual(messages.map(m => m.text), texts.map(([text]) => text));
    for (const message of messages) assert.deepStrictEqual([message.from, message.to], [HANDSET, '447700900001']);
    assert.deepStrictEqual(messages.map(m => m.parts > 1), texts.map(([, method]) => METHODS.slice(1).includes(method)));
    assert.ok(statuses.length > texts.length - 1 && statuses.every(status => status === 0), `deliver_sm_resp ${statuses}`);
    assert.ok(seen.answered.length > 0, 'enquire_link of the SMSC was not answered');
    assert.ok(seen.enquired.length > 0, 'no enquire_link from smpp listen');
    assert.strictEqual(seen.unbound.length, 1, 'it must unbind');
}));

async function main() {
    let failed = 0;
    for (const { name, body } of steps) {
        try {
            await body();
            console.log(`ok   ${name}`);
        } catch (error) {
            failed += 1;
            console.log(`FAIL ${name}: ${error.message.slice(0, 1000)}`);
        }
    }
    console.log(`smpp_against_node: ${steps.length - failed} passed, ${failed} failed`);
    process.exit(failed ? 1 : 0);
}

main();
