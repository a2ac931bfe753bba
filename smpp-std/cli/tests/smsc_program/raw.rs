//! A connection of octets, for what no client of ours would write.

use crate::simulator::{PATIENCE, Simulator};
use smpp_core::types::{CommandId, CommandStatus};
use smpp_std::OwnedPdu;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

pub(crate) struct Raw(pub(crate) TcpStream);

/// A request with this body and sequence number 1.
pub(crate) fn request(command: CommandId, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let header = [length, command.0, 0, 1].map(u32::to_be_bytes);
    [header.concat(), body.to_vec()].concat()
}

/// A bind_transceiver with these strings: system_id, password, system_type, address_range.
pub(crate) fn bind(version: u8, [system_id, password, system_type, address_range]: [&str; 4]) -> Vec<u8> {
    let strings = format!("{system_id}\0{password}\0{system_type}\0");
    let body = [strings.as_bytes(), &[version, 0, 0], address_range.as_bytes(), &[0]].concat();
    request(CommandId::BIND_TRANSCEIVER, &body)
}

impl Raw {
    pub(crate) fn connect(simulator: &Simulator) -> Self {
        let stream = TcpStream::connect(&simulator.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(stream)
    }

    /// Bound with this version.
    pub(crate) fn bound(simulator: &Simulator, version: u8) -> Self {
        let mut raw = Self::connect(simulator);
        let answer = raw.answer(&bind(version, ["raw", "", "", ""]));
        assert_eq!(answer, CommandStatus::ESME_ROK);
        raw
    }

    /// The status of the answer to a request.
    pub(crate) fn answer(&mut self, request: &[u8]) -> CommandStatus {
        self.0.write_all(request).unwrap();
        self.next().expect("an answer").header().command_status
    }

    /// The next PDU; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<OwnedPdu> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) => {
                return None;
            }
            read => read.unwrap(),
        }
        let mut octets = vec![0; u32::from_be_bytes(length) as usize];
        octets[..4].copy_from_slice(&length);
        self.0.read_exact(&mut octets[4..]).unwrap();
        OwnedPdu::from_octets(&octets)
    }
}
