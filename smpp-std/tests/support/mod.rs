//! A message centre for tests that does exactly what a script says: octets in, octets out, no session.

#![allow(dead_code, reason = "each test uses what it needs of it")]

use smpp_core::frame::{Frame, MAX_PDU, Split};
use smpp_core::pdu::{BindTransceiver, BindTransceiverResp, Pdu, SubmitSm, SubmitSmResp};
use smpp_core::types::{Address, CommandId, CommandStatus, InterfaceVersion};
use smpp_std::OwnedPdu;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

/// No wait in a test lasts longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// One accepted connection, read and written by hand.
pub(crate) struct Line {
    pub(crate) stream: TcpStream,
    octets: Vec<u8>,
}

impl Line {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, octets: Vec::new() }
    }

    /// The next PDU; `None` when the peer closed.
    pub(crate) fn read(&mut self) -> Option<OwnedPdu> {
        loop {
            if let Ok(Split::Frame(frame)) = Frame::split(&self.octets, MAX_PDU) {
                let pdu = OwnedPdu::from(frame);
                self.octets.drain(..pdu.octets().len());
                return Some(pdu);
            }
            let mut chunk = [0; 4096];
            match self.stream.read(&mut chunk).expect("the client should say something") {
                0 => return None,
                count => self.octets.extend_from_slice(&chunk[..count]),
            }
        }
    }

    /// The next PDU, which must be this command; gives its sequence number.
    pub(crate) fn expect(&mut self, command: CommandId) -> u32 {
        let header = self.read().expect("a PDU, not the end").header();
        assert_eq!(header.command_id, command);
        header.sequence_number
    }

    pub(crate) fn write<'p>(&mut self, pdu: impl Into<Pdu<'p>>, status: CommandStatus, number: u32) {
        let pdu = OwnedPdu::encode(&pdu.into(), status, number).unwrap();
        self.stream.write_all(pdu.octets()).unwrap();
    }

    pub(crate) fn accept_bind(&mut self) {
        let number = self.expect(CommandId::BIND_TRANSCEIVER);
        let response = BindTransceiverResp { system_id: "script".into(), ..Default::default() };
        self.write(response, CommandStatus::ESME_ROK, number);
    }

    pub(crate) fn accept_message(&mut self, id: &str) {
        let number = self.expect(CommandId::SUBMIT_SM);
        let response = SubmitSmResp { message_id: id.into(), ..Default::default() };
        self.write(response, CommandStatus::ESME_ROK, number);
    }
}

/// Runs `script` for the one connection that is made to the address given back.
pub(crate) fn serve<T: Send + 'static>(
    script: impl FnOnce(Line) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || script(Line::new(listener.accept().unwrap().0)));
    (address, thread)
}

pub(crate) fn bind() -> BindTransceiver<'static> {
    BindTransceiver {
        system_id: "tester".into(),
        password: "a password that is longer than the standard allows".into(),
        interface_version: InterfaceVersion::V3_4,
        ..Default::default()
    }
}

pub(crate) fn message() -> SubmitSm<'static> {
    SubmitSm {
        destination: Address::international("4915112345678"),
        short_message: b"hello",
        ..Default::default()
    }
}
