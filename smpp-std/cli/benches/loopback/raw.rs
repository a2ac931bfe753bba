//! The floor: a client and a server by hand, which do nothing but cut, count and write in batches.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Instant;

const BIND_TRANSCEIVER: u32 = 0x09;
const SUBMIT_SM: u32 = 0x04;
const RESPONSE: u32 = 0x8000_0000;
const HEADER: usize = 16;

/// The same message that `smpp bench` submits.
const SUBMIT_BODY: &[u8] = b"\0\0\0\0\x01\x01447700900000\0\0\0\0\0\0\0\0\0\0\x14a text of 20 letters";
/// bind_transceiver: system_id, password, system_type, interface_version 3.4, no address range.
const BIND_BODY: &[u8] = b"raw\0\0\0\x34\0\0\0";
/// A message_id as long as those of `smpp smsc`.
const MESSAGE_ID: &[u8] = b"0000002A\0";

fn pdu(command: u32, number: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER + body.len()).expect("it is short");
    let header = [length, command, 0, number].map(u32::to_be_bytes);
    [header.as_flattened(), body].concat()
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().expect("four octets"))
}

/// Octets that were read, and whole PDUs from their front.
struct Input {
    octets: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    fn new() -> Self {
        Self { octets: vec![0; 128 * 1024], start: 0, end: 0 }
    }

    /// Reads once; `false` at the end of the stream.
    fn read(&mut self, stream: &mut TcpStream) -> io::Result<bool> {
        self.octets.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let count = stream.read(&mut self.octets[self.end..])?;
        self.end += count;
        Ok(count > 0)
    }

    fn pdu(&mut self) -> Option<&[u8]> {
        let rest = &self.octets[self.start..self.end];
        let length = word(rest.get(..HEADER)?, 0) as usize;
        assert!((HEADER..1024).contains(&length), "command_length {length}");
        let pdu = rest.get(..length)?;
        self.start += length;
        Some(pdu)
    }
}

/// Connects and binds.
pub(crate) fn bind(address: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.write_all(&pdu(BIND_TRANSCEIVER, 1, BIND_BODY))?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    assert_eq!((word(&header, 4), word(&header, 8)), (RESPONSE | BIND_TRANSCEIVER, 0), "the bind is refused");
    io::copy(&mut (&stream).take(u64::from(word(&header, 0)) - HEADER as u64), &mut io::sink())?;
    Ok(stream)
}

/// Submits `messages` with up to `window` unanswered, and gives the messages a second. Answers must come in order.
pub(crate) fn client(address: &str, window: usize, messages: u32) -> io::Result<f64> {
    let mut stream = bind(address)?;
    let template = pdu(SUBMIT_SM, 0, SUBMIT_BODY);
    let mut out = Vec::with_capacity(window * template.len());
    let mut input = Input::new();
    let (mut sent, mut answered) = (0, 0);
    let mut room = window;
    let start = Instant::now();
    while answered < messages {
        out.clear();
        while room > 0 && sent < messages {
            sent += 1;
            room -= 1;
            let at = out.len();
            out.extend_from_slice(&template);
            out[at + 12..at + 16].copy_from_slice(&(sent + 1).to_be_bytes());
        }
        stream.write_all(&out)?;
        assert!(input.read(&mut stream)?, "the server closed");
        while let Some(pdu) = input.pdu() {
            answered += 1;
            room += 1;
            let found = (word(pdu, 4), word(pdu, 8), word(pdu, 12));
            assert_eq!(found, (RESPONSE | SUBMIT_SM, 0, answered + 1));
        }
    }
    Ok(f64::from(messages) / start.elapsed().as_secs_f64())
}

/// Serves the first connection of `listener` until its end.
pub(crate) fn serve(listener: &TcpListener) -> io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut input = Input::new();
    let mut out = Vec::new();
    while input.read(&mut stream)? {
        out.clear();
        while let Some(request) = input.pdu() {
            let (command, number) = (word(request, 4), word(request, 12));
            let body = match command {
                SUBMIT_SM => MESSAGE_ID,
                BIND_TRANSCEIVER => b"raw\0",
                _ => b"",
            };
            let header = [(HEADER + body.len()) as u32, RESPONSE | command, 0, number].map(u32::to_be_bytes);
            out.extend_from_slice(header.as_flattened());
            out.extend_from_slice(body);
        }
        stream.write_all(&out)?;
    }
    Ok(())
}
