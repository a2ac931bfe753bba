//! `tlvs.tsv`: tags, names, lengths, types, and which PDUs may carry each TLV in 3.4 and in 5.0.

use crate::tsv::{self, Row};
use smpp_core::tlv::{Tlv, Tlvs};
use smpp_core::types::{COctetString, CommandId, InterfaceVersion, Kind, Tag};
use std::collections::BTreeSet;

const TABLE: &str = include_str!("../spec/tlvs.tsv");

/// What a typed getter gives.
#[derive(Debug, PartialEq)]
enum Value {
    Integer { octets: usize, value: u32 },
    Octets(Vec<u8>),
    COctets(Vec<u8>),
}

trait Show {
    fn show(self) -> Value;
}

macro_rules! show_integers {
    ($($int:ty)*) => {
        $( impl Show for $int {
            fn show(self) -> Value {
                Value::Integer { octets: size_of::<Self>(), value: self.into() }
            }
        } )*
    };
}

show_integers!(u8 u16 u32);

impl Show for &[u8] {
    fn show(self) -> Value {
        Value::Octets(self.to_vec())
    }
}

impl Show for COctetString<'_> {
    fn show(self) -> Value {
        Value::COctets(self.as_octets().to_vec())
    }
}

/// Calls the getter of a name, whatever its type.
macro_rules! getters {
    ($($name:ident)*) => {
        fn call_getter(tlvs: &Tlvs<'_>, name: &str) -> Option<Value> {
            match name {
                $( stringify!($name) => tlvs.$name().map(Show::show), )*
                other => panic!("no getter for {other}"),
            }
        }
    };
}

getters! {
    dest_addr_subunit dest_network_type dest_bearer_type dest_telematics_id source_addr_subunit source_network_type
    source_bearer_type source_telematics_id qos_time_to_live payload_type additional_status_info_text
    receipted_message_id ms_msg_wait_facilities privacy_indicator source_subaddress dest_subaddress
    user_message_reference user_response_code source_port destination_port sar_msg_ref_num language_indicator
    sar_total_segments sar_segment_seqnum sc_interface_version callback_num_pres_ind callback_num_atag
    number_of_messages callback_num dpf_result set_dpf ms_availability_status network_error_code message_payload
    delivery_failure_reason more_messages_to_send message_state congestion_state ussd_service_op
    broadcast_channel_indicator broadcast_content_type broadcast_content_type_info broadcast_message_class
    broadcast_rep_num broadcast_frequency_interval broadcast_area_identifier broadcast_error_status
    broadcast_area_success broadcast_end_time broadcast_service_group billing_identification source_network_id
    dest_network_id source_node_id dest_node_id dest_addr_np_resolution dest_addr_np_information
    dest_addr_np_country display_time sms_signal ms_validity alert_on_message_delivery its_reply_type
    its_session_info
}

/// Rows of the standard's TLVs, of its ranges of tags, and of providers' own TLVs.
fn rows() -> (Vec<Row>, Vec<Row>, Vec<Row>) {
    let (vendor, rest): (Vec<_>, Vec<_>) =
        tsv::rows(TABLE).into_iter().partition(|row| row.get("since") == "vendor");
    let (ranges, standard) = rest.into_iter().partition(|row| row.get("name").starts_with('('));
    (standard, ranges, vendor)
}

#[test]
fn every_row_is_of_one_sort() {
    let (standard, ranges, vendor) = rows();
    assert_eq!((standard.len(), ranges.len(), vendor.len()), (64, 9, 11));
    assert_eq!(tsv::rows(TABLE).len(), 64 + 9 + 11);
}

fn tag(row: &Row) -> Tag {
    Tag(u16::try_from(row.number("tag")).unwrap())
}

#[test]
fn every_tlv_has_its_tag_name_and_lengths() {
    let (standard, ..) = rows();
    let mut tags = Vec::new();
    for row in standard {
        let (tag, name) = (tag(&row), row.get("name"));
        assert_eq!(tag.name(), Some(name));
        let limits = ["min_len", "max_len"].map(|column| u16::try_from(row.number(column)).unwrap());
        assert_eq!(tag.limits(), Some(limits.into()), "{name}");
        let note = row.get("notes");
        let repeatable = note.contains("repeatable") || note.contains("paired");
        assert_eq!(tag.is_repeatable(), repeatable, "{name}");
        tags.push(tag);
    }
    assert_eq!(Tag::NAMED, tags);
    // The search for duplicates keeps a bit for each place in this order.
    assert!(tags.is_sorted() && tags.len() <= 64);
}

/// Documented departure: the code knows one name a tag, that of 3.4. The table's other names are only that, names:
/// none of them may mean another tag.
const ALIASES: &[&str] =
    &["dest_port (5.0)", "SC_interface_version", "failed_broadcast_area_identifier", "alert_on_msg_delivery"];

#[test]
fn other_names_of_a_tlv_mean_nothing_else() {
    let (standard, ..) = rows();
    let aliases: BTreeSet<_> =
        standard.iter().map(|row| row.get("aliases")).filter(|name| !name.is_empty()).collect();
    assert_eq!(aliases, BTreeSet::from_iter(ALIASES.iter().copied()));
    let means_a_tag = |alias: &&str| Tag::NAMED.iter().any(|tag| tag.name() == Some(alias));
    assert_eq!(aliases.iter().find(|alias| means_a_tag(alias)), None);
}

/// What the table says a value is.
fn kind(row: &Row) -> Kind {
    match row.get("value_type") {
        "Integer" | "bit mask" => Kind::Integer(u8::try_from(row.number("max_len")).unwrap()),
        "Octet String" | "Octet String (decimal)" => Kind::Octets,
        "C-Octet String" => Kind::COctetString,
        // No integer type holds all of these, so their octets are given.
        "Integer 1-5 octets" | "Integer / Octet String" | "none / Integer" => Kind::Octets,
        other => panic!("type {other} is new"),
    }
}

#[test]
fn every_tlv_has_a_getter_of_its_type() {
    let (standard, ..) = rows();
    for row in standard {
        let name = row.get("name");
        for column in ["min_len", "max_len"] {
            let octets = vec![b'7'; row.number(column) as usize];
            let list = [Tlv { tag: Tag(0x1400), value: b"other" }, Tlv { tag: tag(&row), value: &octets }];
            let value = call_getter(&Tlvs::from(&list[..]), name).unwrap_or_else(|| panic!("{name}"));
            let expected = match kind(&row) {
                Kind::Integer(width) => {
                    Value::Integer { octets: width.into(), value: 0x3737_3737 >> (32 - 8 * u32::from(width)) }
                }
                Kind::COctetString => Value::COctets(octets),
                _ => Value::Octets(octets),
            };
            assert_eq!(value, expected, "{name}");
        }
        assert_eq!(tag(&row).kind(), Some(kind(&row)), "{name}");
        assert_eq!(call_getter(&Tlvs::NONE, name), None, "{name}");
    }
}

/// The PDUs that a cell names.
fn carriers(cell: &str) -> BTreeSet<CommandId> {
    let named = |test: &dyn Fn(&str) -> bool| -> Vec<CommandId> {
        CommandId::NAMED.iter().copied().filter(|id| id.name().is_some_and(test)).collect()
    };
    match cell {
        "-" => BTreeSet::new(),
        "any response" => named(&|name| name.ends_with("_resp")).into_iter().collect(),
        "bind_*_resp" => {
            named(&|name| name.starts_with("bind_") && name.ends_with("_resp")).into_iter().collect()
        }
        list => list
            .split(' ')
            .flat_map(|word| {
                let ids = named(&|name| name == word);
                assert_eq!(ids.len(), 1, "{word}");
                ids
            })
            .collect(),
    }
}

#[test]
fn every_tlv_is_listed_for_its_pdus_in_both_versions() {
    let (standard, ..) = rows();
    for row in standard {
        for (column, version) in [("pdus_v34", InterfaceVersion::V3_4), ("pdus_v50", InterfaceVersion::V5_0)]
        {
            let listed = |id: &&CommandId| tag(&row).is_listed_for(**id, version);
            let listed: BTreeSet<_> = CommandId::NAMED.iter().filter(listed).copied().collect();
            assert_eq!(listed, carriers(row.get(column)), "{} in {version}", row.get("name"));
        }
        let in_34 = !carriers(row.get("pdus_v34")).is_empty();
        assert_eq!(row.get("since"), if in_34 { "3.4" } else { "5.0" }, "{}", row.get("name"));
    }
}

#[test]
fn no_tag_of_a_reserved_or_vendor_range_has_a_name() {
    let (_, ranges, vendor) = rows();
    for row in ranges {
        let open = match row.get("name") {
            "(SMPP defined)" => continue,
            // 5.0 assigns tags out of this range.
            "(reserved for SMPP extension)" => Some(0x0600..=0x0613),
            "(reserved)" | "(MC vendor specific)" => None,
            other => panic!("range {other} is new"),
        };
        for range in row.ranges("tag").expect("a range") {
            let is_open = |tag: &Tag| open.as_ref().is_some_and(|open| open.contains(&tag.0));
            let stray = Tag::NAMED.iter().find(|tag| range.contains(&tag.0.into()) && !is_open(tag));
            assert_eq!(stray, None, "{}", row.get("name"));
        }
    }
    for row in vendor {
        let tag = tag(&row);
        assert!((0x1400..=0x3FFF).contains(&tag.0), "{tag}");
        assert_eq!(
            (tag.name(), tag.limits(), tag.kind()),
            (None, None, None),
            "a provider's tag has no fixed meaning"
        );
    }
}
