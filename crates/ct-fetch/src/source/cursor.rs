//! A position in a source, at which a later run continues.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ct_core::record::event::Event;

/// The position of the first record that was not written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cursor {
    /// A time in Unix seconds, for a source whose records are in order of time. Several records may
    /// have this time, so the next run reads all records of this second again.
    Second(i64),
    /// A record in a local file or an S3 object.
    Object {
        /// The path of the file, or the key of the object.
        key: Arc<str>,
        /// The index of the record in the file, counted from 0.
        index: u64,
    },
    /// A row of a query result, counted from 0.
    Row(u64),
}

impl Cursor {
    /// Returns the position before an event of the event history. Returns `None` for an event without
    /// a time, whose position only its neighbours determine.
    pub(crate) fn of_event(event: &Event) -> Option<Self> {
        event.second().map(Self::Second)
    }

    /// Returns the time in Unix seconds; `None` if the source is not in order of time.
    pub(crate) fn second(&self) -> Option<i64> {
        match self {
            Self::Second(second) => Some(*second),
            Self::Object { .. } | Self::Row(_) => None,
        }
    }
}

/// Writes the cursor as one word: `second:1700000000`, `object:12:KEY` with the white space in the
/// key escaped, or `row:7`.
impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Second(second) => write!(formatter, "second:{second}"),
            Self::Object { key, index } => {
                write!(formatter, "object:{index}:")?;
                for character in key.chars() {
                    if character.is_whitespace() {
                        write!(formatter, "{}", character.escape_unicode())?;
                    } else {
                        write!(formatter, "{}", character.escape_debug())?;
                    }
                }
                Ok(())
            }
            Self::Row(row) => write!(formatter, "row:{row}"),
        }
    }
}

/// The error that a string is not a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCursor;

impl FromStr for Cursor {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<Self, NoCursor> {
        let (kind, value) = text.split_once(':').ok_or(NoCursor)?;
        match kind {
            "second" => value.parse().map(Self::Second).map_err(|_| NoCursor),
            "row" => value.parse().map(Self::Row).map_err(|_| NoCursor),
            "object" => {
                let (index, key) = value.split_once(':').ok_or(NoCursor)?;
                Ok(Self::Object {
                    key: unescape(key).ok_or(NoCursor)?.into(),
                    index: index.parse().map_err(|_| NoCursor)?,
                })
            }
            _ => Err(NoCursor),
        }
    }
}

/// Decodes a string that `str::escape_debug` encoded. Returns `None` if an escape is invalid.
pub(crate) fn unescape(escaped: &str) -> Option<String> {
    let mut text = String::with_capacity(escaped.len());
    let mut rest = escaped.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        text.push(match rest.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                let digits: String = rest
                    .by_ref()
                    .skip(1)
                    .take_while(|&each| each != '}')
                    .collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_is_written_as_one_word() {
        let key = "AWSLogs/1 2\n.json.gz".into();
        let texts = [
            Cursor::Second(-7),
            Cursor::Object { key, index: 12 },
            Cursor::Row(3),
        ]
        .map(|cursor| cursor.to_string());
        assert_eq!(
            texts,
            [
                "second:-7",
                "object:12:AWSLogs/1\\u{20}2\\u{a}.json.gz",
                "row:3"
            ]
        );
    }

    #[test]
    fn text_that_is_not_a_cursor_is_refused() {
        for text in [
            "",
            "7",
            "second:",
            "row:-1",
            "object:1",
            "object:x:k",
            "page:1",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(NoCursor), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_cursor_round_trips(key in "\\PC{0,9}[ \t\n\\\\:]{0,3}", index: u64, second: i64) {
            for cursor in [Cursor::Object { key: key.as_str().into(), index }, Cursor::Second(second), Cursor::Row(index)] {
                let text = cursor.to_string();
                prop_assert!(!text.contains(char::is_whitespace));
                prop_assert_eq!(text.parse(), Ok(cursor));
            }
        }
    }
}
