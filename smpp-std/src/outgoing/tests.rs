use super::*;
use smpp_core::EncodeError;
use smpp_core::pdu::encode_header;
use smpp_core::session::SendError;
use smpp_core::types::{CommandId, CommandStatus};

impl Outgoing {
    /// Lets `put` write one PDU, again with more room if it asks for that, as an outbox does.
    pub(super) fn put<T>(
        &mut self,
        mut put: impl FnMut(&mut [u8]) -> Result<(T, usize), SendError>,
    ) -> Result<T, SendError> {
        loop {
            match put(TransmitQueue::room(self, true)) {
                Ok((value, len)) => {
                    self.added(len, true);
                    return Ok(value);
                }
                Err(SendError::Encode(EncodeError::BufferTooSmall { needed }))
                    if TransmitQueue::make_room(self, needed, true) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Puts one PDU of `len` octets into the buffer.
fn put(out: &mut Outgoing, len: usize) {
    out.put(|room| {
        let Some(place) = room.get_mut(..len) else {
            return Err(SendError::Encode(EncodeError::BufferTooSmall { needed: len }));
        };
        place.fill(u8::try_from(len).unwrap());
        place[..4].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
        Ok(((), len))
    })
    .unwrap();
}

#[test]
fn pdus_stay_whole_and_in_order_while_the_room_grows() {
    let mut out = Outgoing::with_capacity(20);
    put(&mut out, 16);
    put(&mut out, 17);
    out.approve();
    assert_eq!(out.pending().len(), 33);
    out.take(20);
    assert_eq!(out.pending().len(), 13);
    let (pdus, taken) = out.unfinished();
    assert_eq!(
        (pdus.len(), pdus[3], taken),
        (17, 17, 4),
        "the first PDU is gone, of the second 4 octets are"
    );
    put(&mut out, 100);
    assert_eq!(out.pending(), [17; 13]);
    out.approve();
    out.take(13);
    assert_eq!((out.pending().len(), out.unfinished().1), (100, 0));
    out.take(100);
    assert!(out.is_empty());
    assert_eq!(out.unfinished(), (&[][..], 0));
}

#[test]
fn only_answers_choke_and_only_until_they_have_left() {
    let pdu = |command: CommandId| {
        move |room: &mut [u8]| Ok(((), encode_header(command, CommandStatus::ESME_ROK, 1, room)?))
    };
    let mut out = Outgoing::with_capacity(64);
    for _ in 0..BACKLOG / 16 + 1 {
        out.put(pdu(CommandId::QUERY_SM)).unwrap();
    }
    assert!(!out.is_choked(), "requests are bounded by the window");
    for _ in 0..BACKLOG / 16 + 1 {
        out.put(pdu(CommandId::QUERY_SM_RESP)).unwrap();
    }
    assert!(out.is_choked());
    out.approve();
    out.take(BACKLOG + 16 + 15);
    assert!(out.is_choked(), "not a whole answer has left");
    out.take(1);
    assert!(!out.is_choked());
    out.put(pdu(CommandId::QUERY_SM_RESP)).unwrap();
    assert!(out.is_choked());
    out.withhold();
    assert!(!out.is_choked());
    out.take(out.pending().len());
    assert_eq!(out.answers, 0);
}

#[test]
fn a_request_that_timed_out_never_leaves_unless_it_has_begun_to() {
    let pdu = |command, number| {
        move |room: &mut [u8]| Ok(((), encode_header(command, CommandStatus::ESME_ROK, number, room)?))
    };
    let numbers = |octets: &[u8]| octets.chunks(16).map(|pdu| pdu[15]).collect::<Vec<_>>();
    let mut out = Outgoing::with_capacity(64);
    for number in 1..=4 {
        out.put(pdu(CommandId::QUERY_SM, number)).unwrap();
    }
    out.put(pdu(CommandId::QUERY_SM_RESP, 3)).unwrap();
    out.approve();
    out.put(pdu(CommandId::QUERY_SM, 5)).unwrap();
    out.put(pdu(CommandId::QUERY_SM, 6)).unwrap();
    out.take(1);
    out.withdraw(1);
    out.withdraw(3);
    out.withdraw(9);
    assert_eq!((numbers(out.unfinished().0), out.unfinished().1), (vec![1, 2, 4, 3, 5, 6], 1));
    assert_eq!((out.pending().len(), numbers(out.fresh())), (63, vec![5, 6]));
    out.withdraw(6);
    assert_eq!((out.pending().len(), numbers(out.fresh())), (63, vec![5]));
    out.take(31);
    out.withdraw(4);
    assert_eq!((numbers(out.pending()), out.answers), (vec![3], 16));
    out.withdraw(5);
    out.take(16);
    assert!(out.is_empty() && out.unfinished() == (&[], 0) && out.answers == 0);
}

#[test]
fn what_is_withheld_never_leaves() {
    let mut out = Outgoing::with_capacity(64);
    put(&mut out, 16);
    out.approve();
    put(&mut out, 17);
    assert_eq!(out.fresh().len(), 17);
    out.withhold();
    assert_eq!((out.pending().len(), out.fresh().len()), (16, 0));
    out.extend(&[0; 100]);
    assert_eq!(out.pending().len(), 116);
}

#[test]
fn who_cannot_write_any_more_keeps_the_requests_and_drops_the_answers() {
    let pdu = |out: &mut Outgoing, command: CommandId, number| {
        out.put(|room| {
            let needed = 16;
            let Some(place) = room.get_mut(..needed) else {
                return Err(SendError::Encode(EncodeError::BufferTooSmall { needed }));
            };
            let header = [16, command.0, 0, number].map(u32::to_be_bytes).concat();
            place.copy_from_slice(&header);
            Ok(((), needed))
        })
        .unwrap();
    };
    let mut out = Outgoing::with_capacity(20);
    pdu(&mut out, CommandId::SUBMIT_SM_RESP, 1);
    pdu(&mut out, CommandId::DELIVER_SM, 2);
    pdu(&mut out, CommandId::SUBMIT_SM_RESP, 3);
    pdu(&mut out, CommandId::DELIVER_SM, 4);
    out.approve();
    // Half of an answer has left, then half of a request.
    out.take(8);
    out.drop_answers();
    let (pdus, taken) = out.unfinished();
    assert_eq!((pdus.len(), pdus[15], pdus[31], taken), (32, 2, 4, 0));
    out.take(24);
    pdu(&mut out, CommandId::SUBMIT_SM_RESP, 5);
    out.approve();
    out.drop_answers();
    let (pdus, taken) = out.unfinished();
    assert_eq!((pdus.len(), pdus[15], taken), (16, 4, 8));
    // However many answers follow, they take no memory.
    for number in 0..10_000 {
        pdu(&mut out, CommandId::SUBMIT_SM_RESP, number);
        out.approve();
        out.drop_answers();
    }
    assert!(out.len() == 16 && out.storage.len() < 1024 && !out.is_choked());
}
