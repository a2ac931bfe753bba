//! `smpp split`: how a text would be cut into parts, and why.

mod picture;

use crate::hex;
use crate::lines::{self, Object, Refused};
use crate::output::{self, Exit, Outcome};
use crate::text::{Policy, tables, unmappable};
use clap::ValueEnum;
use serde_json::{Value, json};
use smpp_core::sms::segment::{Method, SegmentError, Segmenter, Segments};
use smpp_core::text::national::CANDIDATES;
use smpp_core::text::{Candidates, Choice, Encoding, Unmappable, Unmapped};

/// Shows how texts would be cut into parts, what costs more than one unit, and which character forces Unicode.
///
/// Texts are arguments or lines of standard input. With --json a line is a JSON string.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Texts; none: one a line on standard input
    #[arg(value_name = "TEXT", conflicts_with = "json")]
    texts: Vec<String>,
    /// One JSON string a line in, one JSON object a line out
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(clap::Args, Clone, Copy, Debug)]
struct Settings {
    /// The encoding of the parts
    #[arg(long, value_enum, default_value_t = Form::Auto)]
    encoding: Form,
    /// How the parts of a long message are told
    #[arg(long, value_enum, default_value_t = Long::Udh8)]
    long: Long,
    /// Bits of the reference that the message centre makes of sar_msg_ref_num
    #[arg(long, value_enum, default_value_t = Reference::Short)]
    sar_reference: Reference,
    /// What to do with characters that the encoding lacks
    #[arg(long, value_enum, default_value_t = Policy::Reject)]
    unmappable: Policy,
    /// Let auto use the tables of national languages
    #[arg(long)]
    national: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// GSM 03.38 if it carries the text, else UCS2
    Auto,
    /// GSM 03.38
    Gsm7,
    /// UTF-16
    Ucs2,
    /// One octet for each character from U+0000 to U+00FF
    Binary,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Long {
    /// User data header with an 8-bit reference
    Udh8,
    /// User data header with a 16-bit reference
    Udh16,
    /// sar_* TLVs
    Sar,
    /// message_payload, uncut
    Payload,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Reference {
    /// As many parts as with udh8
    #[value(name = "8")]
    Short,
    /// As many parts as with udh16
    #[value(name = "16")]
    Wide,
}

/// A message as it would be sent.
struct Plan<'t> {
    encoding: Form,
    choice: Choice,
    segments: Segments<'t>,
}

/// Runs `smpp split`.
pub(crate) fn run(args: Args) -> Outcome {
    let settings = args.settings;
    if args.json {
        return lines::answer(|line| match line {
            Value::String(text) => {
                let octets = octets(&text);
                plan(&text, &octets, settings).map(describe).map_err(refuse)
            }
            _ => Err(Refused::new("wrong_type", "line")),
        });
    }
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Done;
    for text in lines::utf8_texts(args.texts) {
        let text = text?;
        let octets = octets(&text);
        match plan(&text, &octets, settings) {
            Ok(plan) => picture::draw(&mut out, &text, plan, settings)?,
            Err(error) => {
                exit = Exit::Refused;
                output::complain(&format!("{}: {error}", crate::dump::quote_text(&text)));
            }
        }
    }
    Ok(exit)
}

impl Settings {
    fn cut(self) -> Segmenter<'static> {
        let wide = self.sar_reference == Reference::Wide;
        let method = match self.long {
            Long::Udh8 => Method::Udh8,
            Long::Udh16 => Method::Udh16,
            Long::Sar => Method::Sar { wide },
            Long::Payload => Method::Payload,
        };
        Segmenter { method, unmappable: self.unmappable.into(), ..Segmenter::default() }
    }
}

/// How `text`, or as binary content its `octets`, would be sent.
fn plan<'t>(
    text: &'t str,
    octets: &'t Result<Vec<u8>, Unmapped>,
    settings: Settings,
) -> Result<Plan<'t>, SegmentError> {
    let cut = settings.cut();
    let as_told = |encoding| Choice { encoding, because: None };
    let choice = match settings.encoding {
        Form::Auto => {
            let national = if settings.national { &CANDIDATES[..] } else { &[] };
            cut.choose(text, &Candidates { national, ..Candidates::default() })
        }
        Form::Gsm7 => as_told(Encoding::GSM7),
        Form::Ucs2 | Form::Binary => as_told(Encoding::Ucs2),
    };
    let segments = match settings.encoding {
        Form::Binary => cut.binary(octets.as_deref().map_err(|unmapped| *unmapped)?)?,
        _ => cut.text(text, choice.encoding)?,
    };
    let encoding = match (settings.encoding, choice.encoding) {
        (Form::Auto, Encoding::Gsm7(_)) => Form::Gsm7,
        (Form::Auto, _) => Form::Ucs2,
        (told, _) => told,
    };
    Ok(Plan { encoding, choice, segments })
}

/// Each character as one octet, or the first that is none.
fn octets(text: &str) -> Result<Vec<u8>, Unmapped> {
    let octet = |(index, ch)| u8::try_from(ch).map_err(|_| Unmapped { ch, index });
    text.chars().enumerate().map(octet).collect()
}

/// The keys of a plan.
fn describe(plan: Plan<'_>) -> Object {
    let parts = plan.segments.map(|part| {
        let mut octets = vec![0; 2 * part.units];
        let written = part.write_content(&mut octets).unwrap_or_default();
        octets.truncate(written);
        json!({ "units": part.units, "octets": hex::encode(&octets) })
    });
    let because = plan.choice.because.filter(|_| plan.encoding == Form::Ucs2);
    let mut keys = Object::from_iter([
        ("encoding".to_owned(), plan.encoding.as_str().into()),
        ("parts".to_owned(), parts.collect()),
        (
            "because".to_owned(),
            because.map(|unmapped| json!({ "char": unmapped.ch, "index": unmapped.index })).into(),
        ),
    ]);
    keys.extend(plan.choice.encoding.alphabet().into_iter().flat_map(tables));
    keys
}

impl Form {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gsm7 => "gsm7",
            Self::Ucs2 => "ucs2",
            Self::Binary => "binary",
        }
    }
}

/// Why there is no plan.
fn refuse(error: SegmentError) -> Refused {
    let told = |fault: &str, key: &str, value: Value| {
        Refused(Object::from_iter([("fault".to_owned(), fault.into()), (key.to_owned(), value)]))
    };
    match error {
        SegmentError::Unmapped(unmapped) => unmappable(unmapped),
        SegmentError::TooManyParts { parts } => told("too_many_parts", "parts", parts.into()),
        SegmentError::PayloadTooLong { octets } => told("too_long", "octets", octets.into()),
        _ => told("header", "detail", error.to_string().into()),
    }
}

/// How many parts there are if everything that GSM 03.38 lacks is transliterated, if that can be.
fn transliterated(text: &str, settings: Settings) -> Option<u8> {
    let cut = Segmenter { unmappable: Unmappable::TRANSLITERATE, ..settings.cut() };
    cut.text(text, Encoding::GSM7).ok().map(|segments| segments.total())
}
