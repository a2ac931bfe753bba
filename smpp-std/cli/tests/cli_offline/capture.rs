//! `smpp decode --file` on captures.

use crate::pcap::{ACK, Link, SYN, Segment, pcap, pcap_nanoseconds, pcapng};
use crate::run::{Run, TempFile, smpp};
use crate::wire::{Message, pdu};
use serde_json::{Value, json};
use std::net::IpAddr;

const V4: (&str, &str) = ("10.0.0.1", "10.0.0.2");
const V6: (&str, &str) = ("2001:db8::1", "2001:db8::2");

/// Both sides of a connection.
struct Talk {
    client: (IpAddr, u16),
    server: (IpAddr, u16),
}

impl Talk {
    fn new((client, server): (&str, &str), ports: (u16, u16)) -> Self {
        Self { client: (client.parse().unwrap(), ports.0), server: (server.parse().unwrap(), ports.1) }
    }

    fn out(&self, sequence: u32, data: &[u8]) -> Segment {
        Segment { from: self.client, to: self.server, sequence, flags: ACK, data: data.to_vec() }
    }

    fn back(&self, sequence: u32, data: &[u8]) -> Segment {
        Segment { from: self.server, to: self.client, sequence, flags: ACK, data: data.to_vec() }
    }

    fn open(&self) -> [Segment; 2] {
        let syn = |segment: Segment, flags| Segment { flags, ..segment };
        [syn(self.out(99, b""), SYN), syn(self.back(999, b""), SYN | ACK)]
    }
}

fn run(name: &str, file: &[u8], options: &[&str]) -> Run {
    let file = TempFile::new(name, file);
    smpp(&[&["decode", "--json", "--file", file.path()], options].concat(), b"")
}

/// Input, offset and sequence number of each line.
fn places(run: &Run) -> Vec<(u64, u64, u64)> {
    let number = |line: &Value, key: &str| line[key].as_u64().unwrap();
    run.lines()
        .iter()
        .map(|line| (number(line, "input"), number(line, "offset"), number(line, "sequence_number")))
        .collect()
}

fn link(sequence: u32) -> Vec<u8> {
    pdu(0x15, 0, sequence, b"")
}

fn answer(sequence: u32) -> Vec<u8> {
    pdu(0x8000_0015, 0, sequence, b"")
}

/// A talk in both directions: cut at odd places, out of order, sent twice, overlapping.
fn disorder(talk: &Talk) -> Vec<Segment> {
    let stream = [link(1), link(2), link(3)].concat();
    let mut segments = talk.open().to_vec();
    segments.extend([
        talk.out(100, &stream[..7]),
        talk.out(120, &stream[20..48]),
        talk.back(1000, &answer(1)),
        talk.out(107, &stream[7..20]),
        talk.out(107, &stream[7..20]),
        talk.out(102, &stream[2..30]),
        talk.back(1016, &answer(2)),
    ]);
    segments
}

#[test]
fn streams_are_put_together_on_every_link_layer() {
    let links = [
        Link::Null,
        Link::Ethernet,
        Link::Raw,
        Link::Cooked,
        Link::Cooked2,
        Link::Vlan,
        Link::Ppp,
        Link::PppHdlc,
        Link::PppOverEthernet,
        Link::Gre,
        Link::GreWithKey,
        Link::IpInIp,
        Link::Fragments,
    ];
    for link in links {
        for addresses in [V4, V6] {
            let segments = disorder(&Talk::new(addresses, (40_000, 2775)));
            for (kind, file) in [
                ("le", pcap(link, &segments, false)),
                ("be", pcap(link, &segments, true)),
                ("nano", pcap_nanoseconds(link, &segments)),
                ("ng", pcapng(link, &segments, false)),
                ("ng-be", pcapng(link, &segments, true)),
            ] {
                let run = run(&format!("{link:?}-{kind}"), &file, &[]);
                let expected = [(0, 0, 1), (0, 16, 2), (0, 32, 3), (1, 0, 1), (1, 16, 2)];
                assert_eq!((places(&run), run.code), (expected.to_vec(), 0), "{link:?} {kind} {addresses:?}");
            }
        }
    }
}

#[test]
fn a_line_tells_the_stream_and_the_time() {
    let segments = disorder(&Talk::new(V6, (40_000, 2775)));
    for file in [
        pcap(Link::Ethernet, &segments, false),
        pcap_nanoseconds(Link::Ethernet, &segments),
        pcapng(Link::Ethernet, &segments, false),
    ] {
        let line = run("stream", &file, &[]).lines()[0].clone();
        let expected = json!({ "from": "[2001:db8::1]:40000", "to": "[2001:db8::2]:2775" });
        // Packet 5 completes it.
        assert_eq!((&line["stream"], &line["time"]), (&expected, &json!(5.5)));
        let keys: Vec<_> = line.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys[keys.len() - 3..], ["deviations", "stream", "time"]);
    }
}

#[test]
fn smpp_is_found_among_other_traffic() {
    let http = Talk::new(V4, (40_001, 80));
    let odd_port = Talk::new(V4, (40_002, 9000));
    let mut segments = http.open().to_vec();
    segments.extend([http.out(100, b"GET / HTTP/1.1\r\n\r\n"), http.back(1000, b"HTTP/1.1 200 OK\r\n\r\n")]);
    segments.extend(odd_port.open());
    segments.extend([
        odd_port.out(100, &link(1)),
        odd_port.back(1000, &answer(1)),
        odd_port.out(116, &link(2)),
    ]);
    let file = pcap(Link::Ethernet, &segments, false);
    assert_eq!(places(&run("found", &file, &[])), [(0, 0, 1), (0, 16, 2), (1, 0, 1)]);
    assert_eq!(places(&run("port", &file, &["--port", "9000"])), [(0, 0, 1), (0, 16, 2), (1, 0, 1)]);
    let forced = run("forced", &file, &["--port", "80"]);
    assert!(forced.lines().iter().all(|line| line["error"]["fault"] == "bad_length"));
    let nothing = run("nothing", &file, &["--port", "81"]);
    assert_eq!((nothing.code, nothing.stderr.lines().count()), (2, 1), "{}", nothing.stderr);
}

#[test]
fn connections_are_told_apart() {
    let (a, b) = (Talk::new(V4, (1, 2775)), Talk::new(V4, (2, 2775)));
    let segments = [a.out(5, &link(1)), b.out(5, &link(2)), a.out(21, &link(3)), b.back(7, &answer(2))];
    let run = run("several", &pcap(Link::Raw, &segments, false), &[]);
    assert_eq!(places(&run), [(0, 0, 1), (0, 16, 3), (1, 0, 2), (2, 0, 2)]);
}

#[test]
fn a_gap_is_told_and_reading_goes_on_behind_it() {
    let talk = Talk::new(V4, (1, 2775));
    let long = Message::default().submit_sm();
    let stream = [link(1), long.clone(), link(3), link(4)].concat();
    let mut segments = talk.open().to_vec();
    // Octets 20 to 30 of the submit_sm's 16 to 74 are missing.
    segments.extend([talk.out(100, &stream[..20]), talk.out(130, &stream[30..])]);
    let run = run("gap", &pcap(Link::Ethernet, &segments, false), &[]);
    let lines = run.lines();
    assert_eq!(lines[1]["incomplete"], json!({ "have": 4, "need": 16 }));
    assert_eq!(
        (&lines[2]["error"], &lines[2]["offset"]),
        (&json!({ "fault": "gap", "missing": 10, "skipped": 44 }), &json!(30))
    );
    assert_eq!((&lines[3]["sequence_number"], &lines[3]["offset"]), (&json!(3), &json!(74)));
    assert_eq!((lines.len(), run.code), (5, 1));
}

#[test]
fn a_capture_that_starts_in_the_middle_is_read_from_the_first_pdu() {
    let talk = Talk::new(V4, (1, 2775));
    let stream = [&Message::default().submit_sm()[40..], &link(2), &link(3)].concat();
    let run = run("middle", &pcap(Link::Ethernet, &[talk.out(7, &stream)], false), &[]);
    let lines = run.lines();
    assert_eq!(lines[0]["error"], json!({ "fault": "gap", "missing": 0, "skipped": 18 }));
    assert_eq!((&lines[1]["sequence_number"], &lines[1]["offset"], lines.len()), (&json!(2), &json!(18), 3));
}

#[test]
fn a_file_that_breaks_off_is_read_as_far_as_it_goes() {
    let segments = disorder(&Talk::new(V4, (40_000, 2775)));
    for (name, file) in [
        ("cut-pcap", pcap(Link::Ethernet, &segments, false)),
        ("cut-ng", pcapng(Link::Ethernet, &segments, false)),
    ] {
        let run = run(name, &file[..file.len() - 5], &[]);
        assert_eq!(places(&run), [(0, 0, 1), (0, 16, 2), (0, 32, 3), (1, 0, 1)], "{}", run.stderr);
        assert!(run.stderr.contains("breaks off"), "{}", run.stderr);
        assert_eq!(run.code, 1, "not all of it was shown");
    }
    let header = run("cut-header", &pcap(Link::Ethernet, &[], false)[..10], &[]);
    assert_eq!((header.code, header.stderr.lines().count()), (2, 1), "{}", header.stderr);
}

#[test]
fn people_see_both_directions_in_the_order_of_time() {
    let file =
        TempFile::new("people", &pcap(Link::Ethernet, &disorder(&Talk::new(V4, (40_000, 2775))), false));
    let list = smpp(&["decode", "--list", "--file", file.path()], b"").stdout;
    let commands: Vec<_> = list.lines().skip(1).map(|line| line.contains("enquire_link_resp")).collect();
    assert_eq!(commands, [true, false, false, false, true], "{list}");
    assert!(list.contains("00:00:05.500000  10.0.0.1:40000 > 10.0.0.2:2775"), "{list}");
}
