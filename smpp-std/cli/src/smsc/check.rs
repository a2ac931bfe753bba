//! What a message centre looks at before it takes a request: its version, fields and times.

use super::store::LONGEST_ADDRESS;
use smpp_core::pdu::{Message, Pdu};
use smpp_core::provider::Provider;
use smpp_core::sms::udh::Udh;
use smpp_core::types::{
    Address, COctetString, CommandStatus, InterfaceVersion, SmppTime, TimeError, YearWindow,
};
use std::time::Duration;

/// The first version with this request.
pub(super) const fn since(pdu: &Pdu<'_>) -> InterfaceVersion {
    match pdu {
        Pdu::BroadcastSm(_) | Pdu::QueryBroadcastSm(_) | Pdu::CancelBroadcastSm(_) => InterfaceVersion::V5_0,
        Pdu::DataSm(_) => InterfaceVersion::V3_4,
        _ => InterfaceVersion::V3_3,
    }
}

/// When a message may be sent on, and until when.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) schedule: Option<SmppTime>,
    pub(super) validity: Option<SmppTime>,
    /// qos_time_to_live: all that data_sm has (SMPP 3.4 §5.3.2.9), and before validity_period where both are (5.0 §4.8.4.46).
    pub(super) time_to_live: Option<Duration>,
}

impl Times {
    pub(super) fn of(pdu: &Pdu<'_>) -> Self {
        let (schedule, validity, tlvs) = match pdu {
            Pdu::SubmitSm(submit) => (submit.schedule_delivery_time, submit.validity_period, submit.tlvs),
            Pdu::SubmitMulti(multi) => (multi.schedule_delivery_time, multi.validity_period, multi.tlvs),
            Pdu::DataSm(data) => (COctetString::default(), COctetString::default(), data.tlvs),
            _ => return Self::default(),
        };
        let [schedule, validity] = [schedule, validity].map(|field| time(field).unwrap_or_default());
        let seconds = tlvs.qos_time_to_live();
        Self { schedule, validity, time_to_live: seconds.map(|seconds| Duration::from_secs(seconds.into())) }
    }
}

/// A time as an ESME writes it; `None` for now or the MC's default.
fn time(field: COctetString<'_>) -> Result<Option<SmppTime>, TimeError> {
    /// Dates of two digits are of these fifty years before and after.
    const YEAR: u16 = 2030;
    SmppTime::parse_leniently(field.as_octets(), YearWindow::around(YEAR), 0)
}

/// What is wrong with fields that only some of the requests have.
pub(super) fn check_fields(pdu: &Pdu<'_>) -> Result<(), CommandStatus> {
    let (source, destination, most) = match pdu {
        Pdu::SubmitSm(submit) => (submit.source, submit.destination, ADDRESS),
        // The addresses are looked at one by one.
        Pdu::SubmitMulti(multi) => (multi.source, Address::default(), ADDRESS),
        Pdu::DataSm(data) => (data.source, data.destination, LONGEST_ADDRESS),
        _ => return Ok(()),
    };
    match pdu {
        _ if destination.addr.len() > most => Err(CommandStatus::ESME_RINVDSTADR),
        _ if source.addr.len() > most => Err(CommandStatus::ESME_RINVSRCADR),
        Pdu::DataSm(data) if data.tlvs.message_payload().is_none() => {
            Err(CommandStatus::ESME_RMISSINGOPTPARAM)
        }
        Pdu::SubmitSm(submit) => check_times(submit.schedule_delivery_time, submit.validity_period),
        Pdu::SubmitMulti(multi) => check_times(multi.schedule_delivery_time, multi.validity_period),
        _ => Ok(()),
    }
}

/// What is wrong with the times of a message.
pub(super) fn check_times(
    schedule: COctetString<'_>,
    validity: COctetString<'_>,
) -> Result<(), CommandStatus> {
    time(schedule).map_err(|_| CommandStatus::ESME_RINVSCHED)?;
    time(validity).map_err(|_| CommandStatus::ESME_RINVEXPIRY)?;
    Ok(())
}

/// The most characters of an address in submit_sm (SMPP 3.4 §5.2.8).
const ADDRESS: usize = 20;

/// What no message centre takes.
pub(super) fn check(
    message: &Message<'_>,
    version: InterfaceVersion,
    provider: &Provider,
) -> Result<(), CommandStatus> {
    let payload = message.tlvs.message_payload().unwrap_or_default();
    let digits = message.destination.addr.as_octets();
    let number = digits.strip_prefix(b"+").unwrap_or(digits);
    if number.is_empty() || !number.iter().all(u8::is_ascii_digit) {
        return Err(CommandStatus::ESME_RINVDSTADR);
    }
    // What a provider's client refuses to send, the provider refuses to take.
    let text = std::str::from_utf8(number).unwrap_or_default();
    if provider.e164_only && provider.destination(text).is_err() {
        return Err(CommandStatus::ESME_RINVDSTADR);
    }
    // In 5.0 the TLV counts; before, the two exclude each other (in practice 18).
    let has_both = !message.short_message.is_empty() && !payload.is_empty();
    if has_both && version < InterfaceVersion::V5_0 {
        return Err(CommandStatus::ESME_RINVMSGLEN);
    }
    if message.esm_class.has_udh() && Udh::split(message.user_data()).is_err() {
        return Err(CommandStatus::ESME_RINVESMCLASS);
    }
    Ok(())
}
