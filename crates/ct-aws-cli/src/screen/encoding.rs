//! Encodes output in the encoding that `AWS_CLI_OUTPUT_ENCODING` selects, or else
//! `PYTHONIOENCODING`. The default is UTF-8.

mod syllable;

use encoding_rs::{Encoder, EncoderResult};

use crate::cli_error::CliError;
use ct_aws::config::Variables;

/// How to handle a character that the encoding does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EncodingErrors {
    /// Fail.
    Strict,
    Ignore,
    Replace,
    Backslash,
    Reference,
}

/// Encodes text.
pub(crate) struct Encoding {
    name: String,
    codec: Codec,
    /// The byte order mark, which is written once, before any text.
    mark: &'static [u8],
    missing: EncodingErrors,
}

enum Codec {
    Utf8,
    /// One byte per character, for code points up to this number.
    Narrow(u32),
    Utf16 {
        little_endian: bool,
    },
    Utf32,
    /// EUC-KR with the characters of KS X 1001 only, as in Python. Without this variant,
    /// `encoding_rs` would also write the characters of Microsoft's extension.
    EucKr(Encoder),
    Other(Encoder),
}

impl Encoding {
    /// The encoding that the environment selects.
    ///
    /// # Errors
    /// If the encoding is unknown.
    pub(crate) fn new(variables: &Variables) -> Result<Self, CliError> {
        if let Some(name) = variables
            .get("AWS_CLI_OUTPUT_ENCODING")
            .filter(|name| !name.is_empty())
        {
            let codec = Codec::named(name).ok_or_else(|| {
                CliError::General(format!(
                    "Unknown codec `{name}` specified for AWS_CLI_OUTPUT_ENCODING."
                ))
            })?;
            return Ok(Self {
                mark: mark(name),
                name: name.clone(),
                codec,
                missing: EncodingErrors::Strict,
            });
        }
        let asked = variables.get("PYTHONIOENCODING").map_or("", String::as_str);
        let (name, missing) = asked.split_once(':').unwrap_or((asked, ""));
        let name = if name.is_empty() { "utf-8" } else { name };
        let codec = Codec::named(name)
            .ok_or_else(|| CliError::General(format!("unknown encoding: {name}")))?;
        let missing = match missing {
            "ignore" => EncodingErrors::Ignore,
            "replace" => EncodingErrors::Replace,
            "backslashreplace" => EncodingErrors::Backslash,
            "xmlcharrefreplace" => EncodingErrors::Reference,
            _ => EncodingErrors::Strict,
        };
        Ok(Self {
            mark: mark(name),
            name: name.to_owned(),
            codec,
            missing,
        })
    }

    /// Omits the byte order mark of UTF-16 and UTF-32, as Python does for a pipe.
    pub(crate) fn on_a_pipe(&mut self) {
        if matches!(self.codec, Codec::Utf16 { .. } | Codec::Utf32) {
            self.mark = b"";
        }
    }

    /// Whether the encoding is UTF-8 without a byte order mark, so that text needs no conversion.
    pub(crate) fn is_utf8(&self) -> bool {
        matches!(self.codec, Codec::Utf8) && self.mark.is_empty()
    }

    /// Appends the encoded bytes of `text` to `out`.
    ///
    /// # Errors
    /// The index, in characters from 0, of the first character that the encoding does not have.
    pub(crate) fn encode(&mut self, text: &str, out: &mut Vec<u8>) -> Result<(), usize> {
        out.extend_from_slice(std::mem::take(&mut self.mark));
        match &mut self.codec {
            Codec::Utf8 => out.extend_from_slice(text.as_bytes()),
            Codec::Utf16 { little_endian } => {
                for unit in text.encode_utf16() {
                    out.extend(if *little_endian {
                        unit.to_le_bytes()
                    } else {
                        unit.to_be_bytes()
                    });
                }
            }
            Codec::Utf32 => {
                for c in text.chars() {
                    out.extend(u32::from(c).to_le_bytes());
                }
            }
            Codec::EucKr(encoder) => {
                for (at, c) in text.chars().enumerate() {
                    let before = out.len();
                    let mut buffer = [0; 4];
                    let one = c.encode_utf8(&mut buffer);
                    out.reserve(8);
                    let (result, _) =
                        encoder.encode_from_utf8_to_vec_without_replacement(one, out, false);
                    let is_own = out[before..]
                        .iter()
                        .all(|byte| !(0x80..=0xa0).contains(byte))
                        && out.get(before + 1).is_none_or(|byte| *byte >= 0xa1);
                    if matches!(result, EncoderResult::InputEmpty) && is_own {
                        continue;
                    }
                    out.truncate(before);
                    match syllable::spelled(c) {
                        Some(jamo) => out.extend(jamo),
                        None => substitute(self.missing, c, out).map_err(|()| at)?,
                    }
                }
            }
            Codec::Narrow(last) => {
                for (at, c) in text.chars().enumerate() {
                    match u8::try_from(c as u32) {
                        Ok(byte) if u32::from(byte) <= *last => out.push(byte),
                        _ => substitute(self.missing, c, out).map_err(|()| at)?,
                    }
                }
            }
            Codec::Other(encoder) => {
                let mut rest = text;
                while !rest.is_empty() {
                    let room = encoder
                        .max_buffer_length_from_utf8_without_replacement(rest.len())
                        .unwrap_or(rest.len() * 4);
                    out.reserve(room);
                    let (result, read) =
                        encoder.encode_from_utf8_to_vec_without_replacement(rest, out, false);
                    if let EncoderResult::Unmappable(c) = result {
                        let at = text[..text.len() - rest.len() + read].chars().count() - 1;
                        substitute(self.missing, c, out).map_err(|()| at)?;
                    }
                    rest = &rest[read..];
                }
            }
        }
        Ok(())
    }

    /// Python's message for the characters of `text` that cannot be encoded, starting at the character `at`.
    pub(crate) fn fault(&mut self, text: &str, at: usize) -> CliError {
        let (name, reason) = words(&self.name);
        let mut has_bytes = |c: &char| {
            let mut buffer = [0; 4];
            self.encode(c.encode_utf8(&mut buffer), &mut Vec::new())
                .is_ok()
        };
        let rest = text.chars().skip(at);
        let run: Vec<_> = rest.take_while(|c| !has_bytes(c)).collect();
        let is_many = run.len() > 1 && reason != MULTIBYTE;
        let what = match run.first().map(|c| u32::from(*c)) {
            _ if is_many => format!("characters in position {at}-{}", at + run.len() - 1),
            Some(code @ ..=0xff) => format!("character '\\x{code:02x}' in position {at}"),
            Some(code @ ..=0xffff) => format!("character '\\u{code:04x}' in position {at}"),
            Some(code) => format!("character '\\U{code:08x}' in position {at}"),
            None => format!("character in position {at}"),
        };
        CliError::General(format!("'{name}' codec can't encode {what}: {reason}"))
    }
}

impl Codec {
    /// The encoding that Python calls `name`, or `None` if the name is unknown.
    fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase().replace(['_', ' '], "-");
        Some(match name.as_str() {
            "utf-8" | "utf8" | "u8" | "cp65001" | "utf-8-sig" => Self::Utf8,
            "utf-32" | "utf32" | "u32" | "utf-32-le" | "utf-32le" => Self::Utf32,
            "euc-kr" | "euckr" | "korean" | "ksc5601" | "ks-c-5601" | "ks-c-5601-1987"
            | "ksx1001" | "ks-x-1001" => Self::EucKr(encoding_rs::EUC_KR.new_encoder()),
            "ascii" | "us-ascii" | "646" => Self::Narrow(0x7f),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" => {
                Self::Narrow(0xff)
            }
            "utf-16" | "utf16" | "u16" | "utf-16-le" | "utf-16le" => Self::Utf16 {
                little_endian: true,
            },
            "utf-16-be" | "utf-16be" => Self::Utf16 {
                little_endian: false,
            },
            name => {
                let label = label(name);
                let encoding = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
                Self::Other(encoding.new_encoder())
            }
        })
    }
}

/// The label in `encoding_rs` of the encoding that Python calls `name`.
pub(crate) fn label(name: &str) -> String {
    let name = name.trim().to_lowercase().replace(['_', ' '], "-");
    let label = match name.as_str() {
        "cp949" | "uhc" | "ms949" | "euckr" => "euc-kr",
        "eucjp" | "ujis" => "euc-jp",
        "cp932" | "sjis" | "ms932" | "shiftjis" | "shift-jis" | "ms-kanji" => "shift_jis",
        "cp936" | "ms936" => "gbk",
        "big5-tw" | "cp950" => "big5",
        other => other,
    };
    match label.strip_prefix("cp125") {
        Some(digit) => format!("windows-125{digit}"),
        None => label.replace("iso8859-", "iso-8859-"),
    }
}

/// The byte order mark that Python writes first in the encoding `name`.
fn mark(name: &str) -> &'static [u8] {
    match label(name).as_str() {
        "utf-8-sig" => b"\xef\xbb\xbf",
        "utf-16" | "utf16" | "u16" => b"\xff\xfe",
        "utf-32" | "utf32" | "u32" => b"\xff\xfe\0\0",
        _ => b"",
    }
}

/// The message of multi-byte codecs, which report only the first character.
const MULTIBYTE: &str = "illegal multibyte sequence";

/// Python's name for the codec, and its message for a character that the codec does not have.
fn words(name: &str) -> (String, &'static str) {
    let label = label(name);
    let is_single = ["windows-", "iso-8859-", "koi8-"]
        .iter()
        .any(|family| label.starts_with(family));
    match label.as_str() {
        "ascii" | "us-ascii" | "646" => ("ascii".to_owned(), "ordinal not in range(128)"),
        "latin-1" | "latin1" | "iso-8859-1" | "8859" | "cp819" | "l1" => {
            ("latin-1".to_owned(), "ordinal not in range(256)")
        }
        _ if is_single => ("charmap".to_owned(), "character maps to <undefined>"),
        _ => {
            let name = name.to_lowercase().replace('-', "_");
            (name, MULTIBYTE)
        }
    }
}

fn substitute(missing: EncodingErrors, c: char, out: &mut Vec<u8>) -> Result<(), ()> {
    let code = c as u32;
    let text = match missing {
        EncodingErrors::Strict => return Err(()),
        EncodingErrors::Ignore => String::new(),
        EncodingErrors::Replace => "?".to_owned(),
        EncodingErrors::Backslash if code <= 0xff => format!("\\x{code:02x}"),
        EncodingErrors::Backslash if code <= 0xffff => format!("\\u{code:04x}"),
        EncodingErrors::Backslash => format!("\\U{code:08x}"),
        EncodingErrors::Reference => format!("&#{code};"),
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(variable: &str, name: &str, text: &str) -> Result<Vec<u8>, CliError> {
        let variables = [(variable.to_owned(), name.to_owned())].into();
        let mut out = Vec::new();
        let mut encoding = Encoding::new(&variables)?;
        match encoding.encode(text, &mut out) {
            Ok(()) => Ok(out),
            Err(at) => Err(encoding.fault(text, at)),
        }
    }

    #[test]
    fn text_is_written_in_the_requested_encoding() {
        for variable in ["AWS_CLI_OUTPUT_ENCODING", "PYTHONIOENCODING"] {
            assert_eq!(
                encoded(variable, "euc-kr", "a관리자"),
                Ok(vec![b'a', 0xb0, 0xfc, 0xb8, 0xae, 0xc0, 0xda])
            );
        }
        assert_eq!(encoded("PYTHONIOENCODING", "latin-1", "é"), Ok(vec![0xe9]));
        assert_eq!(
            encoded("PYTHONIOENCODING", "UTF_16_LE", "a"),
            Ok(vec![b'a', 0])
        );
        assert_eq!(encoded("LANG", "C", "é"), Ok(vec![0xc3, 0xa9]));
    }

    #[test]
    fn an_unencodable_character_ends_the_run_or_is_replaced() {
        assert_eq!(
            encoded("PYTHONIOENCODING", "euc-kr", "a😀"),
            Err(CliError::General("'euc_kr' codec can't encode character '\\U0001f600' in position 1: illegal multibyte sequence".to_owned()))
        );
        assert_eq!(
            encoded("PYTHONIOENCODING", "ascii:replace", "aé"),
            Ok(b"a?".to_vec())
        );
        assert_eq!(
            encoded("PYTHONIOENCODING", "euc-kr:backslashreplace", "😀b"),
            Ok(b"\\U0001f600b".to_vec())
        );
        assert_eq!(
            encoded("PYTHONIOENCODING", ":replace", "é"),
            Ok(vec![0xc3, 0xa9])
        );
    }

    #[test]
    fn a_byte_order_mark_is_written_once() {
        let variables = [("PYTHONIOENCODING".to_owned(), "utf-16".to_owned())].into();
        let mut encoding = Encoding::new(&variables).unwrap();
        let mut out = Vec::new();
        encoding.encode("a", &mut out).unwrap();
        encoding.encode("b", &mut out).unwrap();
        assert_eq!(out, b"\xff\xfea\0b\0");
        assert_eq!(
            encoded("PYTHONIOENCODING", "utf-8-sig", "é"),
            Ok(b"\xef\xbb\xbf\xc3\xa9".to_vec())
        );
    }

    #[test]
    fn euc_kr_spells_out_syllables_that_it_lacks() {
        let spelled = b"\xa4\xd4\xa4\xa8\xa4\xc7\xa4\xb1a".to_vec();
        assert_eq!(encoded("PYTHONIOENCODING", "euc_kr", "똠a"), Ok(spelled));
        assert_eq!(
            encoded("PYTHONIOENCODING", "cp949", "똠a"),
            Ok(b"\x8c\x63a".to_vec())
        );
    }

    #[test]
    fn each_codec_has_its_own_message() {
        let reason = |name| match encoded("PYTHONIOENCODING", name, "a관") {
            Err(CliError::General(message)) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            reason("ascii"),
            "'ascii' codec can't encode character '\\uad00' in position 1: ordinal not in range(128)"
        );
        assert_eq!(
            encoded("PYTHONIOENCODING", "latin-1", "é관리b"),
            Err(CliError::General(
                "'latin-1' codec can't encode characters in position 1-2: ordinal not in range(256)"
                    .to_owned()
            ))
        );
        assert_eq!(
            reason("cp1252"),
            "'charmap' codec can't encode character '\\uad00' in position 1: character maps to <undefined>"
        );
    }

    #[test]
    fn an_unknown_encoding_is_refused() {
        assert_eq!(
            encoded("AWS_CLI_OUTPUT_ENCODING", "nope", ""),
            Err(CliError::General(
                "Unknown codec `nope` specified for AWS_CLI_OUTPUT_ENCODING.".to_owned()
            ))
        );
    }
}
