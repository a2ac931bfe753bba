//! Everything that a session needs, read once, so that it can be opened again and again.

use crate::link::BindAs;
use smpp_core::EncodeError;
use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter};
use smpp_core::types::{COctetString, CommandStatus, InterfaceVersion, Password};
use smpp_std::{Bound, Client, Connect, Error, OwnedPdu};

/// Where the MC is, and who binds as what. All sessions of a line share one clock.
pub(crate) struct Line {
    pub(crate) address: String,
    pub(crate) connect: Connect,
    pub(crate) bind: BindAs,
    pub(crate) system_id: String,
    pub(crate) system_type: String,
    pub(crate) password: String,
    pub(crate) interface_version: InterfaceVersion,
}

impl Line {
    /// Whether a bind can be written, before anybody is connected to.
    ///
    /// # Errors
    /// A name or a password that its field cannot hold.
    pub(crate) fn check(&self) -> Result<(), EncodeError> {
        // The three binds have the same fields.
        let bind = BindTransceiver {
            system_id: COctetString::from(&*self.system_id),
            password: Password::from(&*self.password),
            system_type: COctetString::from(&*self.system_type),
            ..BindTransceiver::default()
        };
        OwnedPdu::encode(&bind.into(), CommandStatus::ESME_ROK, 1).map(drop)
    }

    /// Connects and binds.
    ///
    /// # Errors
    /// As [`Client::connect`] and [`Client::bind_transceiver`].
    pub(crate) fn open<const W: usize>(&self) -> Result<(Client<W>, Bound), Error> {
        let mut client = Client::connect(&self.address, &self.connect)?;
        let system_id = COctetString::from(&*self.system_id);
        let system_type = COctetString::from(&*self.system_type);
        let (password, interface_version) = (Password::from(&*self.password), self.interface_version);
        macro_rules! bind {
            ($Pdu:ident) => {
                &$Pdu { system_id, password, system_type, interface_version, ..$Pdu::default() }
            };
        }
        let bound = match self.bind {
            BindAs::Trx => client.bind_transceiver(bind!(BindTransceiver)),
            BindAs::Tx => client.bind_transmitter(bind!(BindTransmitter)),
            BindAs::Rx => client.bind_receiver(bind!(BindReceiver)),
        };
        Ok((client, bound?))
    }
}
