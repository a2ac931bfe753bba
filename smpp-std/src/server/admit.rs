//! What is refused before the application is asked: binds beyond a quota, and fields that are too long.

use super::limits::{FieldLimits, Limited};
use super::quotas::{Quotas, Usage};
use smpp_core::pdu::Pdu;
use smpp_core::session::{Event, ReplyTo};
use smpp_core::types::{COctetString, CommandStatus, Field};
use smpp_core::{DecodeError, Fault, Instant};

/// Why a request is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    Limit(Limited),
    Field(DecodeError),
}

impl Cause {
    /// What the request is refused with.
    pub(super) const fn status(self) -> CommandStatus {
        match self {
            Self::Limit(limit) => limit.status(),
            Self::Field(error) => error.status(),
        }
    }
}

/// Lets the application see an event, or says which request is refused and why.
pub(super) fn admit(
    event: &Event<'_>,
    usage: &mut Usage,
    now: Instant,
    quotas: &mut Quotas,
) -> Result<(), (ReplyTo, Cause)> {
    let (Event::BindRequested { reply_to, pdu, .. } | Event::Request { reply_to, pdu, .. }) = event else {
        return Ok(());
    };
    if let Some(error) = overlong(pdu, &quotas.limits.fields) {
        if bind_fields(pdu).is_some() {
            quotas.fail_address(now, usage);
        }
        return Err((*reply_to, Cause::Field(error)));
    }
    let Some([(_, account), ..]) = bind_fields(pdu) else { return Ok(()) };
    quotas.bind(now, usage, account.as_octets()).map_err(|limit| (*reply_to, Cause::Limit(limit)))
}

/// The first field that is longer than it may be.
fn overlong(pdu: &Pdu<'_>, limits: &FieldLimits) -> Option<DecodeError> {
    let mut offset = smpp_core::pdu::HEADER_LEN;
    let service_type = service_type(pdu).map(|value| (Field::ServiceType, value));
    for (field, value) in bind_fields(pdu).into_iter().flatten().chain(service_type) {
        let most = match field {
            Field::SystemId => limits.system_id,
            Field::Password => limits.password,
            Field::SystemType => limits.system_type,
            Field::AddressRange => {
                // Behind three fields of one octet each.
                offset += 3;
                limits.address_range
            }
            _ => limits.service_type,
        };
        if value.len() > most {
            return Some(DecodeError { fault: Fault::OverlongString, field, offset });
        }
        offset += value.len() + 1;
    }
    None
}

/// The strings of a bind in their order; `None` for all other requests.
fn bind_fields<'a>(pdu: &Pdu<'a>) -> Option<[(Field, COctetString<'a>); 4]> {
    let (system_id, password, system_type, address_range) = match pdu {
        Pdu::BindTransmitter(bind) => {
            (bind.system_id, bind.password, bind.system_type, bind.address_range.addr)
        }
        Pdu::BindReceiver(bind) => (bind.system_id, bind.password, bind.system_type, bind.address_range.addr),
        Pdu::BindTransceiver(bind) => {
            (bind.system_id, bind.password, bind.system_type, bind.address_range.addr)
        }
        _ => return None,
    };
    Some([
        (Field::SystemId, system_id),
        (Field::Password, password.reveal()),
        (Field::SystemType, system_type),
        (Field::AddressRange, address_range),
    ])
}

/// The service_type of a request; it is the first field of all that have one.
fn service_type<'a>(pdu: &Pdu<'a>) -> Option<COctetString<'a>> {
    Some(match pdu {
        Pdu::SubmitSm(request) => request.service_type,
        Pdu::SubmitMulti(request) => request.service_type,
        Pdu::DataSm(request) => request.service_type,
        Pdu::CancelSm(request) => request.service_type,
        Pdu::BroadcastSm(request) => request.service_type,
        Pdu::CancelBroadcastSm(request) => request.service_type,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use smpp_core::pdu::{BindReceiver, BindTransceiver, BindTransmitter};
    use smpp_core::types::Address;

    fn fault(pdu: impl Into<Pdu<'static>>) -> Option<(Field, usize, CommandStatus)> {
        let error = overlong(&pdu.into(), &Limits::default().fields)?;
        Some((error.field, error.offset, error.status()))
    }

    #[test]
    fn a_field_over_its_limit_is_refused_with_the_status_of_that_field() {
        let long = "x".repeat(65).leak();
        let fits = &long[..64];
        let bind = || BindTransceiver { system_id: fits.into(), password: fits.into(), ..Default::default() };
        assert_eq!(fault(BindTransceiver { system_type: fits.into(), ..bind() }), None);
        let refused = fault(BindTransmitter { system_id: (&*long).into(), ..Default::default() });
        assert_eq!(refused, Some((Field::SystemId, 16, CommandStatus::ESME_RINVSYSID)));
        let refused = fault(BindReceiver { password: (&*long).into(), ..Default::default() });
        assert_eq!(refused, Some((Field::Password, 17, CommandStatus::ESME_RINVPASWD)));
        let refused = fault(BindTransceiver { system_type: (&*long).into(), ..bind() });
        assert_eq!(refused, Some((Field::SystemType, 16 + 65 + 65, CommandStatus::ESME_RINVSYSTYP)));
        let refused = fault(BindTransceiver {
            address_range: Address { addr: (&*long).into(), ..Address::default() },
            ..bind()
        });
        assert_eq!(refused, Some((Field::AddressRange, 16 + 65 + 65 + 1 + 3, CommandStatus::ESME_RBINDFAIL)));
    }

    #[test]
    fn every_request_with_a_service_type_has_its_limit_checked() {
        use smpp_core::pdu::{BroadcastSm, CancelBroadcastSm, CancelSm, DataSm, SubmitMulti, SubmitSm};
        let long: COctetString<'static> = "a service_type of 24 oct".into();
        let all: [Pdu<'static>; 6] = [
            SubmitSm { service_type: long, ..Default::default() }.into(),
            SubmitMulti { service_type: long, ..Default::default() }.into(),
            DataSm { service_type: long, ..Default::default() }.into(),
            CancelSm { service_type: long, ..Default::default() }.into(),
            BroadcastSm { service_type: long, ..Default::default() }.into(),
            CancelBroadcastSm { service_type: long, ..Default::default() }.into(),
        ];
        for pdu in all {
            assert_eq!(fault(pdu), Some((Field::ServiceType, 16, CommandStatus::ESME_RINVSERTYP)));
        }
    }
}
