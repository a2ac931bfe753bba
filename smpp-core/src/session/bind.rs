//! Binding, from both sides: the bind, its answer, and the version that both speak from then on (SMPP 3.4 §4.1, §3.4;
//! 5.0 §4.1.1, §3.4).

use super::event::{Event, Reading, ReplyTo};
use super::rules;
use super::state::{State, Stimulus};
use super::{SendError, Session};
use crate::Instant;
use crate::frame::Frame;
use crate::nul::find_nul;
use crate::pdu::{
    BindReceiver, BindReceiverResp, BindTransceiver, BindTransceiverResp, BindTransmitter,
    BindTransmitterResp, HEADER_LEN, Request,
};
use crate::tlv::{Tlv, Tlvs};
use crate::types::{COctetString, CommandId, CommandStatus, InterfaceVersion, Tag};

/// A request that binds.
pub trait Bind<'a>: Request<'a> {
    /// The version that the ESME speaks.
    fn interface_version(&self) -> InterfaceVersion;
}

macro_rules! binds {
    ($($Name:ident)*) => {
        $( impl<'a> Bind<'a> for $Name<'a> {
            fn interface_version(&self) -> InterfaceVersion {
                self.interface_version
            }
        } )*
    };
}

binds! { BindTransmitter BindReceiver BindTransceiver }

/// What a session knows of its bind. The numbers of the binds themselves are in [`Session`], beside those of unbinds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    /// The bound state that our bind asks for, or that the session has or had.
    pub(super) kind: State,
    /// MC: the application has a bind to answer.
    pub(super) pending: bool,
}

impl Binding {
    pub(super) const NONE: Self = Self { kind: State::Open, pending: false };
}

/// The state that a successful bind leads to, and what leads there.
const fn bound_by(bind: CommandId) -> (State, Stimulus) {
    match bind {
        CommandId::BIND_TRANSMITTER => (State::BoundTx, Stimulus::BoundTx),
        CommandId::BIND_RECEIVER => (State::BoundRx, Stimulus::BoundRx),
        _ => (State::BoundTrx, Stimulus::BoundTrx),
    }
}

impl<const WINDOW: usize> Session<WINDOW> {
    /// ESME: writes a bind into `out` and gives its length. [`Event::Bound`],
    /// [`Event::BindRefused`] or the end of the session answers it.
    ///
    /// # Errors
    /// When a bind was sent already or this is an MC, or a value that cannot be written.
    pub fn bind<'p, B: Bind<'p>>(
        &mut self,
        now: Instant,
        bind: &B,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        self.now = now;
        let ours = bind.interface_version();
        if self.state == State::Closed {
            return Err(SendError::Closed);
        }
        if self.control != 0 || !rules::may_send(B::ID, self.role, self.state, InterfaceVersion::V5_0) {
            return Err(SendError::NotAllowed { command: B::ID, state: self.state });
        }
        let number = self.window.peek_number();
        let len = self.write(bind, CommandStatus::ESME_ROK, number, out)?;
        self.version = common_version(ours, ours);
        self.control = self.window.take_number();
        self.binding.kind = bound_by(B::ID).0;
        self.happens(Stimulus::BindSent);
        Ok(len)
    }

    /// MC: accepts a bind with the response that belongs to it, and tells the agreed version where the ESME can read it.
    /// Gives the length of what was written into `out`.
    ///
    /// # Errors
    /// As [`respond`](Self::respond).
    pub fn accept(
        &mut self,
        now: Instant,
        to: ReplyTo,
        system_id: COctetString<'_>,
        out: &mut [u8],
    ) -> Result<usize, SendError> {
        let version = [self.settings.version.0];
        let list = [Tlv { tag: Tag::SC_INTERFACE_VERSION, value: &version }];
        let tlvs = if self.version.has_tlvs() { Tlvs::from(&list[..]) } else { Tlvs::NONE };
        match to.command {
            CommandId::BIND_TRANSMITTER => {
                self.respond(now, to, &BindTransmitterResp { system_id, tlvs }, out)
            }
            CommandId::BIND_RECEIVER => self.respond(now, to, &BindReceiverResp { system_id, tlvs }, out),
            _ => self.respond(now, to, &BindTransceiverResp { system_id, tlvs }, out),
        }
    }

    /// MC: a bind came, and the application is to answer it.
    pub(super) fn bind_received(&mut self, number: u32, version: InterfaceVersion) {
        self.version = common_version(self.settings.version, version);
        self.binding.pending = true;
        self.peer_control = number;
        self.happens(Stimulus::BindReceived);
    }

    /// MC: the answer to a bind was written.
    pub(super) fn bind_answered(&mut self, bind: CommandId, accepted: bool) {
        self.binding.pending = false;
        self.happens(if accepted { bound_by(bind).1 } else { Stimulus::BindRefused });
    }

    /// Whether this is the bind that the application has to answer.
    pub(super) fn is_pending_bind(&self, to: ReplyTo) -> bool {
        self.binding.pending && to.sequence_number == self.peer_control
    }

    /// ESME: our bind was answered.
    pub(super) fn bind_response<'i, P: Reading<'i>>(
        &mut self,
        bind: CommandId,
        frame: Frame<'i>,
        status: CommandStatus,
    ) -> Event<'i, P> {
        self.control = 0;
        if !status.is_ok() {
            self.happens(Stimulus::BindRefused);
            return Event::BindRefused { status, frame };
        }
        let pdu = P::read(&frame);
        let theirs = pdu.as_ref().ok().and_then(|pdu| pdu.tlvs(&frame).sc_interface_version());
        let theirs = theirs.map_or(self.settings.assumed_version, InterfaceVersion);
        self.version = common_version(self.version, theirs);
        self.happens(bound_by(bind).1);
        Event::Bound { frame, pdu }
    }

    /// The bind whose number is in `control`.
    pub(super) const fn our_bind(&self) -> CommandId {
        match self.binding.kind {
            State::BoundTx => CommandId::BIND_TRANSMITTER,
            State::BoundRx => CommandId::BIND_RECEIVER,
            _ => CommandId::BIND_TRANSCEIVER,
        }
    }
}

/// The version that both sides speak (SMPP 3.4 §3.4, §5.2.4; 5.0 §3.4): the lower one, as one of the three that exist.
/// Anything below 0x34 means 3.3, whatever the octet says.
pub(super) const fn common_version(one: InterfaceVersion, other: InterfaceVersion) -> InterfaceVersion {
    match if one.0 < other.0 { one.0 } else { other.0 } {
        0x50.. => InterfaceVersion::V5_0,
        0x34.. => InterfaceVersion::V3_4,
        _ => InterfaceVersion::V3_3,
    }
}

/// The version in a bind that can be read, `None` for everything else: the octet behind three strings.
pub(super) fn bind_version(frame: &Frame<'_>) -> Option<InterfaceVersion> {
    let mut rest = frame.octets.get(HEADER_LEN..).filter(|_| frame.header.command_id.is_bind())?;
    for _ in 0..3 {
        (_, rest) = rest.split_at_checked(find_nul(rest)?.saturating_add(1))?;
    }
    rest.first().copied().map(InterfaceVersion)
}
