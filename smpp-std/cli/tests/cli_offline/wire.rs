//! PDUs as octets, written by hand: the tests trust nothing of the library for them.

/// A PDU with its header.
pub(crate) fn pdu(command: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let header = [length, command, status, sequence];
    header.iter().flat_map(|word| word.to_be_bytes()).chain(body.iter().copied()).collect()
}

/// A TLV.
pub(crate) fn tlv(tag: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    [&tag.to_be_bytes()[..], &length.to_be_bytes(), value].concat()
}

/// The fields of a submit_sm or deliver_sm that the tests change.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) source: Vec<u8>,
    pub(crate) esm_class: u8,
    pub(crate) validity_period: Vec<u8>,
    pub(crate) data_coding: u8,
    pub(crate) sm_length: Option<u8>,
    pub(crate) short_message: Vec<u8>,
    pub(crate) tlvs: Vec<u8>,
}

impl Default for Message {
    fn default() -> Self {
        Self {
            source: b"Weather".to_vec(),
            esm_class: 0,
            validity_period: Vec::new(),
            data_coding: 0,
            sm_length: None,
            short_message: b"Hello".to_vec(),
            tlvs: Vec::new(),
        }
    }
}

impl Message {
    pub(crate) fn body(&self) -> Vec<u8> {
        let sm_length = self.sm_length.unwrap_or_else(|| u8::try_from(self.short_message.len()).unwrap());
        [
            b"\0\x05\0",
            &self.source[..],
            b"\0\x01\x014915112345678\0",
            &[self.esm_class, 0, 0],
            b"\0",
            &self.validity_period,
            b"\0\x01\0",
            &[self.data_coding, 0, sm_length],
            &self.short_message,
            &self.tlvs,
        ]
        .concat()
    }

    /// As a submit_sm.
    pub(crate) fn submit_sm(&self) -> Vec<u8> {
        pdu(4, 0, 1, &self.body())
    }

    /// As a deliver_sm.
    pub(crate) fn deliver_sm(&self) -> Vec<u8> {
        pdu(5, 0, 1, &self.body())
    }
}

/// Octets in hex.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
