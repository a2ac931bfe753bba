//! The floor: the three PDUs of this bench read and written by hand in plain safe Rust, as a good engineer would do it
//! for one program that needs nothing else. Bounds are checked, strings end at a NUL within the standard's limit, TLVs
//! are walked once. It tells nobody what is wrong or where, keeps no TLV that it does not know, and knows no other PDU.

/// The header without its length.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) command_id: u32,
    pub(crate) command_status: u32,
    pub(crate) sequence_number: u32,
}

/// submit_sm and deliver_sm.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sm<'a> {
    pub(crate) service_type: &'a [u8],
    pub(crate) source_addr_ton: u8,
    pub(crate) source_addr_npi: u8,
    pub(crate) source_addr: &'a [u8],
    pub(crate) dest_addr_ton: u8,
    pub(crate) dest_addr_npi: u8,
    pub(crate) destination_addr: &'a [u8],
    pub(crate) esm_class: u8,
    pub(crate) protocol_id: u8,
    pub(crate) priority_flag: u8,
    pub(crate) schedule_delivery_time: &'a [u8],
    pub(crate) validity_period: &'a [u8],
    pub(crate) registered_delivery: u8,
    pub(crate) replace_if_present_flag: u8,
    pub(crate) data_coding: u8,
    pub(crate) sm_default_msg_id: u8,
    pub(crate) short_message: &'a [u8],
    pub(crate) receipted_message_id: Option<&'a [u8]>,
    pub(crate) message_state: Option<u8>,
    pub(crate) network_error_code: Option<&'a [u8]>,
}

const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
const NETWORK_ERROR_CODE: u16 = 0x0423;
const MESSAGE_STATE: u16 = 0x0427;

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn u16(&mut self) -> Option<u16> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*first))
    }

    fn c_octets(&mut self, max: usize) -> Option<&'a [u8]> {
        let len = self.0.iter().position(|&octet| octet == 0)?;
        let (octets, rest) = self.0.split_at_checked(len)?;
        self.0 = rest.get(1..)?;
        (len < max).then_some(octets)
    }
}

/// The PDU at the start of `octets`: its header and its body.
fn frame(octets: &[u8]) -> Option<(Header, Input<'_>)> {
    let head = octets.first_chunk::<16>()?;
    let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let body = octets.get(16..usize::try_from(word(0)).ok()?)?;
    Some((Header { command_id: word(4), command_status: word(8), sequence_number: word(12) }, Input(body)))
}

pub(crate) fn decode_sm(octets: &[u8], command_id: u32) -> Option<(Header, Sm<'_>)> {
    let (header, mut input) = frame(octets)?;
    if header.command_id != command_id {
        return None;
    }
    let mut sm = Sm {
        service_type: input.c_octets(6)?,
        source_addr_ton: input.u8()?,
        source_addr_npi: input.u8()?,
        source_addr: input.c_octets(21)?,
        dest_addr_ton: input.u8()?,
        dest_addr_npi: input.u8()?,
        destination_addr: input.c_octets(21)?,
        esm_class: input.u8()?,
        protocol_id: input.u8()?,
        priority_flag: input.u8()?,
        schedule_delivery_time: input.c_octets(17)?,
        validity_period: input.c_octets(17)?,
        registered_delivery: input.u8()?,
        replace_if_present_flag: input.u8()?,
        data_coding: input.u8()?,
        sm_default_msg_id: input.u8()?,
        ..Sm::default()
    };
    let sm_length = input.u8()?;
    sm.short_message = input.take(sm_length.into())?;
    while !input.0.is_empty() {
        let (tag, len) = (input.u16()?, input.u16()?);
        let value = input.take(len.into())?;
        match tag {
            RECEIPTED_MESSAGE_ID => {
                sm.receipted_message_id = Some(value.strip_suffix(b"\0").unwrap_or(value))
            }
            MESSAGE_STATE => sm.message_state = value.first().copied(),
            NETWORK_ERROR_CODE => sm.network_error_code = Some(value),
            _ => {}
        }
    }
    Some((header, sm))
}

pub(crate) fn decode_submit_sm_resp(octets: &[u8]) -> Option<(Header, &[u8])> {
    let (header, mut input) = frame(octets)?;
    if header.command_id != 0x8000_0004 {
        return None;
    }
    let message_id = input.c_octets(65)?;
    Some((header, message_id))
}

/// What was written so far.
struct Output<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Output<'_> {
    fn put(&mut self, octets: &[u8]) -> Option<()> {
        let end = self.at + octets.len();
        self.out.get_mut(self.at..end)?.copy_from_slice(octets);
        self.at = end;
        Some(())
    }

    fn u8(&mut self, value: u8) -> Option<()> {
        *self.out.get_mut(self.at)? = value;
        self.at += 1;
        Some(())
    }

    fn c_octets(&mut self, octets: &[u8], max: usize) -> Option<()> {
        if octets.len() >= max || octets.contains(&0) {
            return None;
        }
        self.put(octets)?;
        self.u8(0)
    }

    fn tlv_head(&mut self, tag: u16, len: usize) -> Option<()> {
        let [[a, b], [c, d]] = [tag, u16::try_from(len).ok()?].map(u16::to_be_bytes);
        self.put(&[a, b, c, d])
    }

    fn tlv(&mut self, tag: u16, value: &[u8]) -> Option<()> {
        self.tlv_head(tag, value.len())?;
        self.put(value)
    }

    /// Leaves room for command_length, which is known at the end.
    fn header(&mut self, header: &Header) -> Option<()> {
        let head = self.out.first_chunk_mut::<16>()?;
        head[4..8].copy_from_slice(&header.command_id.to_be_bytes());
        head[8..12].copy_from_slice(&header.command_status.to_be_bytes());
        head[12..].copy_from_slice(&header.sequence_number.to_be_bytes());
        self.at = 16;
        Some(())
    }

    fn finish(self) -> Option<usize> {
        let command_length = u32::try_from(self.at).ok()?;
        *self.out.first_chunk_mut()? = command_length.to_be_bytes();
        Some(self.at)
    }
}

pub(crate) fn encode_sm(header: &Header, sm: &Sm<'_>, out: &mut [u8]) -> Option<usize> {
    let mut output = Output { out, at: 0 };
    output.header(header)?;
    output.c_octets(sm.service_type, 6)?;
    output.u8(sm.source_addr_ton)?;
    output.u8(sm.source_addr_npi)?;
    output.c_octets(sm.source_addr, 21)?;
    output.u8(sm.dest_addr_ton)?;
    output.u8(sm.dest_addr_npi)?;
    output.c_octets(sm.destination_addr, 21)?;
    output.u8(sm.esm_class)?;
    output.u8(sm.protocol_id)?;
    output.u8(sm.priority_flag)?;
    output.c_octets(sm.schedule_delivery_time, 17)?;
    output.c_octets(sm.validity_period, 17)?;
    output.u8(sm.registered_delivery)?;
    output.u8(sm.replace_if_present_flag)?;
    output.u8(sm.data_coding)?;
    output.u8(sm.sm_default_msg_id)?;
    output.u8(u8::try_from(sm.short_message.len()).ok()?)?;
    output.put(sm.short_message)?;
    if let Some(id) = sm.receipted_message_id {
        output.tlv_head(RECEIPTED_MESSAGE_ID, id.len() + 1)?;
        output.c_octets(id, 65)?;
    }
    if let Some(state) = sm.message_state {
        output.tlv(MESSAGE_STATE, &[state])?;
    }
    if let Some(code) = sm.network_error_code {
        output.tlv(NETWORK_ERROR_CODE, code)?;
    }
    output.finish()
}

pub(crate) fn encode_submit_sm_resp(header: &Header, message_id: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut output = Output { out, at: 0 };
    output.header(header)?;
    output.c_octets(message_id, 65)?;
    output.finish()
}
