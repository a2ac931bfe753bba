//! `command_status`: what a response says about its request.

/// What to do about a request that was answered with a [`CommandStatus`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum StatusClass {
    /// It was accepted.
    Ok,
    /// Not accepted; the same request will fail again.
    Permanent,
    /// Not accepted; the same request may succeed later.
    Retry,
    /// Not accepted; may succeed later, but give up after a few attempts.
    RetryLimited,
    /// Not accepted because we are too fast: slow down, then send it again.
    Throttle,
    /// The two sides disagree about the protocol: state, command or framing.
    Protocol,
    /// A bind that may succeed later.
    BindRetry,
    /// A bind with wrong credentials: a person must look at it.
    BindError,
}

/// Declares [`CommandStatus`]: value, 3.4 name (5.0 name where it differs), class.
macro_rules! statuses {
    ($( $(#[$doc:meta])* $CONST:ident $(= $alias:ident)? = $value:literal, $class:ident; )*) => {
        code_points! {
            /// The outcome of a request (SMPP 3.4 §5.1.3; 5.0 §4.7.6).
            ///
            /// Names are those of 3.4 where both versions have one; the five that 5.0 renamed have both.
            CommandStatus(u32) {
                $( $(#[$doc])* $CONST = $value, stringify!($CONST); )*
            }
        }

        impl CommandStatus {
            $($( #[doc = concat!("The 5.0 name of [`Self::", stringify!($CONST), "`].")]
            pub const $alias: Self = Self::$CONST; )?)*

            /// The lowest octet: all of a value of the specification below 0x100.
            pub(crate) const fn octet(self) -> u8 {
                let [.., octet] = self.0.to_be_bytes();
                octet
            }

            /// What to do about it. Vendor and unknown values count as [`StatusClass::Permanent`] from 0x400 to
            /// 0x4FF and as [`StatusClass::RetryLimited`] elsewhere.
            #[must_use]
            pub const fn class(self) -> StatusClass {
                match self.0 {
                    $( $value => StatusClass::$class, )*
                    0x400..=0x4FF => StatusClass::Permanent,
                    _ => StatusClass::RetryLimited,
                }
            }

            /// The value behind a name of the specification, 3.4 or 5.0, in capitals.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                $( if name == stringify!($CONST) $(|| name == stringify!($alias))? { return Some(Self::$CONST); } )*
                None
            }
        }
    };
}

statuses! {
    /// No error.
    ESME_ROK = 0x0000, Ok;
    /// short_message or message_payload length invalid (usually too long).
    ESME_RINVMSGLEN = 0x0001, Permanent;
    /// command_length too short or too large.
    ESME_RINVCMDLEN = 0x0002, Protocol;
    /// command_id not recognised or not supported.
    ESME_RINVCMDID = 0x0003, Protocol;
    /// PDU not allowed in this session state.
    ESME_RINVBNDSTS = 0x0004, Protocol;
    /// Session already bound (also used for: too many binds of this system_id).
    ESME_RALYBND = 0x0005, BindRetry;
    /// priority_flag invalid.
    ESME_RINVPRTFLG = 0x0006, Permanent;
    /// registered_delivery invalid or receipts not permitted.
    ESME_RINVREGDLVFLG = 0x0007, Permanent;
    /// MC system error, all or part unavailable.
    ESME_RSYSERR = 0x0008, Retry;
    /// Source address invalid or not allowed.
    ESME_RINVSRCADR = 0x000A, Permanent;
    /// Destination address invalid.
    ESME_RINVDSTADR = 0x000B, Permanent;
    /// message_id unknown or invalid.
    ESME_RINVMSGID = 0x000C, Permanent;
    /// Bind failed: generic, includes wrong credentials in 5.0 wording.
    ESME_RBINDFAIL = 0x000D, BindError;
    /// Password invalid.
    ESME_RINVPASWD = 0x000E, BindError;
    /// system_id invalid.
    ESME_RINVSYSID = 0x000F, BindError;
    /// cancel_sm failed.
    ESME_RCANCELFAIL = 0x0011, Permanent;
    /// replace_sm failed (also: no matching message).
    ESME_RREPLACEFAIL = 0x0013, Permanent;
    /// Message queue full (per destination or global).
    ESME_RMSGQFUL = 0x0014, Throttle;
    /// service_type invalid.
    ESME_RINVSERTYP = 0x0015, Permanent;
    /// Number_of_dests invalid.
    ESME_RINVNUMDESTS = 0x0033, Permanent;
    /// Distribution list name invalid or unknown.
    ESME_RINVDLNAME = 0x0034, Permanent;
    /// dest_flag invalid.
    ESME_RINVDESTFLAG = 0x0040, Permanent;
    /// submit with replace not supported or not allowed.
    ESME_RINVSUBREP = 0x0042, Permanent;
    /// esm_class invalid.
    ESME_RINVESMCLASS = 0x0043, Permanent;
    /// Cannot submit to a distribution list.
    ESME_RCNTSUBDL = 0x0044, Permanent;
    /// submit_sm, submit_multi (5.0: data_sm) failed, generic.
    ESME_RSUBMITFAIL = 0x0045, RetryLimited;
    /// Source TON invalid.
    ESME_RINVSRCTON = 0x0048, Permanent;
    /// Source NPI invalid.
    ESME_RINVSRCNPI = 0x0049, Permanent;
    /// Destination TON invalid.
    ESME_RINVDSTTON = 0x0050, Permanent;
    /// Destination NPI invalid.
    ESME_RINVDSTNPI = 0x0051, Permanent;
    /// system_type invalid.
    ESME_RINVSYSTYP = 0x0053, BindError;
    /// replace_if_present_flag invalid.
    ESME_RINVREPFLAG = 0x0054, Permanent;
    /// Number of messages invalid.
    ESME_RINVNUMMSGS = 0x0055, Permanent;
    /// Rate limit exceeded.
    ESME_RTHROTTLED = 0x0058, Throttle;
    /// schedule_delivery_time invalid.
    ESME_RINVSCHED = 0x0061, Permanent;
    /// validity_period invalid.
    ESME_RINVEXPIRY = 0x0062, Permanent;
    /// Predefined message invalid or not found.
    ESME_RINVDFTMSGID = 0x0063, Permanent;
    /// Receiver ESME temporary error: MC should retry.
    ESME_RX_T_APPN = 0x0064, Retry;
    /// Receiver ESME permanent error: 5.0: neither this nor other messages queued for that destination should be retried.
    ESME_RX_P_APPN = 0x0065, Permanent;
    /// Receiver ESME rejects this message only.
    ESME_RX_R_APPN = 0x0066, Permanent;
    /// query_sm failed.
    ESME_RQUERYFAIL = 0x0067, Permanent;
    /// Error in the TLV part (left-over 1-3 octets, or length beyond the PDU).
    ESME_RINVOPTPARSTREAM = ESME_RINVTLVSTREAM = 0x00C0, Protocol;
    /// TLV not allowed.
    ESME_ROPTPARNOTALLWD = ESME_RTLVNOTALLWD = 0x00C1, Permanent;
    /// Parameter (TLV) length invalid.
    ESME_RINVPARLEN = ESME_RINVTLVLEN = 0x00C2, Permanent;
    /// Expected TLV missing (e.g. message_payload in data_sm).
    ESME_RMISSINGOPTPARAM = ESME_RMISSINGTLV = 0x00C3, Permanent;
    /// TLV value invalid.
    ESME_RINVOPTPARAMVAL = ESME_RINVTLVVAL = 0x00C4, Permanent;
    /// Delivery failed (transaction mode; 3.4: data_sm_resp, 5.0 also submit_sm_resp).
    ESME_RDELIVERYFAILURE = 0x00FE, Permanent;
    /// Unknown error.
    ESME_RUNKNOWNERR = 0x00FF, RetryLimited;
    /// Not authorised for this service_type.
    ESME_RSERTYPUNAUTH = 0x0100, Permanent;
    /// Operation prohibited for this ESME.
    ESME_RPROHIBITED = 0x0101, Permanent;
    /// service_type unavailable (outage).
    ESME_RSERTYPUNAVAIL = 0x0102, Retry;
    /// service_type denied for this content.
    ESME_RSERTYPDENIED = 0x0103, Permanent;
    /// data_coding invalid or unsupported.
    ESME_RINVDCS = 0x0104, Permanent;
    /// source_addr_subunit invalid.
    ESME_RINVSRCADDRSUBUNIT = 0x0105, Permanent;
    /// dest_addr_subunit invalid.
    ESME_RINVDSTADDRSUBUNIT = 0x0106, Permanent;
    /// Broadcast frequency interval invalid.
    ESME_RINVBCASTFREQINT = 0x0107, Permanent;
    /// Broadcast alias name invalid.
    ESME_RINVBCASTALIAS_NAME = 0x0108, Permanent;
    /// Broadcast area format invalid.
    ESME_RINVBCASTAREAFMT = 0x0109, Permanent;
    /// Number of broadcast areas invalid.
    ESME_RINVNUMBCAST_AREAS = 0x010A, Permanent;
    /// Broadcast content type invalid.
    ESME_RINVBCASTCNTTYPE = 0x010B, Permanent;
    /// Broadcast message class invalid.
    ESME_RINVBCASTMSGCLASS = 0x010C, Permanent;
    /// broadcast_sm failed.
    ESME_RBCASTFAIL = 0x010D, RetryLimited;
    /// query_broadcast_sm failed.
    ESME_RBCASTQUERYFAIL = 0x010E, Permanent;
    /// cancel_broadcast_sm failed.
    ESME_RBCASTCANCELFAIL = 0x010F, Permanent;
    /// Number of repeated broadcasts invalid.
    ESME_RINVBCAST_REP = 0x0110, Permanent;
    /// Broadcast service group invalid.
    ESME_RINVBCASTSRVGRP = 0x0111, Permanent;
    /// Broadcast channel indicator invalid.
    ESME_RINVBCASTCHANIND = 0x0112, Permanent;
}

impl CommandStatus {
    /// Whether the request was accepted.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }
}
