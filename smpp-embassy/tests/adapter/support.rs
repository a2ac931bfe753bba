//! What the tests have in common.

use smpp_core::pdu::{BindTransceiver, DeliverSm, SubmitSm, encode};
use smpp_core::types::{Address, CommandStatus, InterfaceVersion};
use smpp_embassy::Buffers;
use smpp_embassy_testing::{Habits, MessageCentre, Wire};

/// A line to a message centre.
pub(crate) type McWire = Wire<MessageCentre>;

/// Buffers of a client.
pub(crate) struct Memory<const RECEIVE: usize, const TRANSMIT: usize> {
    receive: [u8; RECEIVE],
    transmit: [u8; TRANSMIT],
}

impl<const RECEIVE: usize, const TRANSMIT: usize> Default for Memory<RECEIVE, TRANSMIT> {
    fn default() -> Self {
        Self { receive: [0; RECEIVE], transmit: [0; TRANSMIT] }
    }
}

impl<const RECEIVE: usize, const TRANSMIT: usize> Memory<RECEIVE, TRANSMIT> {
    pub(crate) fn buffers(&mut self) -> Buffers<'_> {
        Buffers { receive: &mut self.receive, transmit: &mut self.transmit }
    }
}

/// A line to a message centre that takes everything.
pub(crate) fn message_centre(habits: Habits) -> McWire {
    Wire::new(MessageCentre::default(), habits)
}

pub(crate) fn bind() -> BindTransceiver<'static> {
    BindTransceiver {
        system_id: "me".into(),
        interface_version: InterfaceVersion::V3_4,
        ..BindTransceiver::default()
    }
}

pub(crate) fn submit_sm(text: &[u8]) -> SubmitSm<'_> {
    SubmitSm {
        destination: Address::international("4915112345678"),
        short_message: text,
        ..SubmitSm::default()
    }
}

/// The octets of a deliver_sm.
pub(crate) fn deliver_sm(sequence_number: u32, text: &[u8]) -> Vec<u8> {
    let pdu = DeliverSm { short_message: text, ..DeliverSm::default() };
    let mut octets = vec![0; 512];
    let len = encode(&pdu, CommandStatus::ESME_ROK, sequence_number, &mut octets).expect("it fits");
    octets.truncate(len);
    octets
}
