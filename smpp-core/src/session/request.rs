//! Which PDUs go out by which method: kinds of requests as traits, so that a wrong one does not compile.

use crate::pdu::{
    AlertNotification, BindReceiver, BindTransceiver, BindTransmitter, Body, BroadcastSm, CancelBroadcastSm,
    CancelSm, DataSm, DeliverSm, Outbind, QueryBroadcastSm, QuerySm, ReplaceSm, Request, SubmitMulti,
    SubmitSm,
};
use crate::types::InterfaceVersion;

/// A request that takes a place in the window: everything but binds, `unbind` and `enquire_link`.
pub trait Operation<'a>: Request<'a> {}

/// A request that binds.
pub trait Bind<'a>: Request<'a> {
    /// The version that the ESME speaks.
    fn interface_version(&self) -> InterfaceVersion;
}

/// A PDU that is neither answered nor an answer.
pub trait OneWay<'a>: Body<'a> {}

macro_rules! kinds {
    ($Kind:ident: $($Name:ident)*) => {
        $( impl<'a> $Kind<'a> for $Name<'a> {} )*
    };
}

kinds! { Operation: SubmitSm SubmitMulti DeliverSm DataSm QuerySm CancelSm ReplaceSm BroadcastSm QueryBroadcastSm CancelBroadcastSm }
kinds! { OneWay: Outbind AlertNotification }

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
