//! `smpp text`: text to octets and back, in any encoding.

mod settings;

pub(crate) use settings::Policy;

use crate::dump::{DIM, quote_text};
use crate::hex;
use crate::lines::{self, Object, Refused};
use crate::output::{self, Exit, Failure, Outcome};
use clap::ValueEnum;
use serde_json::Value;
use settings::{Name, Settings};
use smpp_core::text::{Encoding, Unmapped, packed, split_byte_order_mark};
use std::io::Write;

/// Turns text into octets and octets into text.
///
/// Texts (or octets in hex) are arguments or lines of standard input. With --json a line is an object with `text` or
/// `octets`; what it does not say is taken from the options.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Which way
    #[arg(value_enum)]
    way: Way,
    /// Texts, or octets in hex; none: one a line on standard input
    #[arg(value_name = "TEXT", conflicts_with = "json")]
    texts: Vec<String>,
    /// One JSON object a line in and out
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Way {
    /// Text to octets
    Encode,
    /// Octets to text
    Decode,
}

/// Runs `smpp text`.
pub(crate) fn run(args: Args) -> Outcome {
    if let Some(option) = args.of_other_way() {
        return Err(Failure::usage(option));
    }
    let answer = |line: &Object| {
        let settings = args.settings.with(line)?;
        match args.way {
            Way::Encode => encode(lines::string(line, "text")?, settings),
            Way::Decode => decode(lines::string(line, "octets")?, settings),
        }
    };
    if args.json {
        return lines::answer(|line| match line {
            Value::Object(line) => answer(&line),
            _ => Err(Refused::new("wrong_type", "line")),
        });
    }
    let key = if args.way == Way::Encode { "text" } else { "octets" };
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Done;
    for text in lines::utf8_texts(args.texts.clone()) {
        let text = text?;
        let line = Object::from_iter([(key.to_owned(), text.as_str().into())]);
        match answer(&line) {
            Ok(keys) => show(&mut out, &keys)?,
            Err(refused) => {
                exit = Exit::Refused;
                output::complain(&format!("{}: {refused}", quote_text(&text)));
            }
        }
    }
    Ok(exit)
}

impl Args {
    /// What to say of an option that only the other way has.
    fn of_other_way(&self) -> Option<&'static str> {
        let settings = &self.settings;
        match self.way {
            Way::Encode if settings.septets.is_some() => {
                Some("--septets is for decode; encode counts them itself")
            }
            Way::Decode if settings.encoding == Some(Name::Auto) => {
                Some("--encoding auto is for encode; octets do not say how they are coded: name the encoding")
            }
            Way::Decode if settings.national => {
                Some("--national is for encode; name the tables with --locking and --single")
            }
            _ => None,
        }
    }
}

/// An answer for people.
fn show(out: &mut impl Write, keys: &Object) -> std::io::Result<()> {
    if let Some(text) = keys.get("text").and_then(Value::as_str) {
        return writeln!(out, "{}", quote_text(text));
    }
    let [octets, encoding] = ["octets", "encoding"].map(|key| keys.get(key).and_then(Value::as_str));
    write!(out, "{}  {DIM}{}", octets.unwrap_or_default(), encoding.unwrap_or_default())?;
    if let Some(septets) = keys.get("septets") {
        write!(out, ", {septets} septets")?;
    }
    for table in ["locking", "single"] {
        if let Some(language) = keys.get(table) {
            write!(out, ", {table} shift table {language}")?;
        }
    }
    writeln!(out, "{DIM:#}")
}

fn encode(text: Option<&str>, settings: Settings) -> Result<Object, Refused> {
    let text = text.ok_or_else(|| Refused::new("missing", "text"))?;
    let name = settings.encoding.unwrap_or(Name::Auto);
    let policy = settings.unmappable.unwrap_or(Policy::Reject).into();
    let encoding = settings.encoding_for(text, name, policy)?;
    let mut octets = vec![0; encoding.octets(text, policy).map_err(unmappable)?];
    encoding.encode(text, policy, &mut octets).map_err(|_| Refused::new("too_long", "text"))?;
    let mut keys = Object::from_iter([
        ("encoding".to_owned(), Name::of(encoding).as_str().into()),
        ("octets".to_owned(), hex::encode(&octets).into()),
    ]);
    if let Some(alphabet) = encoding.alphabet() {
        keys.insert("septets".into(), encoding.units(text, policy).map_err(unmappable)?.into());
        if name == Name::Auto {
            keys.extend(tables(alphabet));
        }
    }
    Ok(keys)
}

fn decode(octets: Option<&str>, settings: Settings) -> Result<Object, Refused> {
    let octets = octets.ok_or_else(|| Refused::new("missing", "octets"))?;
    let octets = hex::decode(octets.as_bytes()).map_err(|_| Refused::new("bad_hex", "octets"))?;
    let encoding = settings.encoding(settings.encoding.unwrap_or(Name::Gsm7))?;
    // A mark at the start names the byte order, and is no part of the text.
    let (encoding, octets) = match split_byte_order_mark(&octets) {
        (Some(mark), behind) if encoding == Encoding::Ucs2 => (mark, behind.to_vec()),
        _ => (encoding, octets),
    };
    if settings.unmappable == Some(Policy::Reject) {
        encoding.check(&octets).map_err(|no_text| {
            let mut refused = Refused::new("unmappable", "octets");
            refused.0.insert("index".into(), no_text.offset.into());
            refused
        })?;
    }
    let text: String = match (encoding, settings.septets) {
        (Encoding::Gsm7Packed { alphabet, fill_bits }, septets @ Some(count)) => {
            if count > (octets.len() * 8).saturating_sub(fill_bits.into()) / 7 {
                return Err(Refused::new("out_of_range", "septets"));
            }
            alphabet.decode(packed::unpack(&octets, fill_bits, septets)).collect()
        }
        _ => encoding.decode(&octets).collect(),
    };
    Ok(Object::from_iter([("text".to_owned(), text.into())]))
}

/// The languages whose tables are in use: a user data header has to name them.
pub(crate) fn tables(alphabet: smpp_core::text::Gsm7) -> impl Iterator<Item = (String, Value)> {
    let (locking, single) = alphabet.languages();
    let tables = [("locking", locking), ("single", single)];
    tables.into_iter().filter_map(|(key, language)| Some((key.to_owned(), language?.0.into())))
}

/// Refuses a character.
pub(crate) fn unmappable(unmapped: Unmapped) -> Refused {
    Refused(Object::from_iter([
        ("fault".to_owned(), "unmappable".into()),
        ("char".to_owned(), unmapped.ch.to_string().into()),
        ("index".to_owned(), unmapped.index.into()),
    ]))
}
