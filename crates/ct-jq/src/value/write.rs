//! Writes values as JSON text, as jq does.

pub mod colors;
pub mod string;

use crate::value::{DEPTH_MAX, Val, object::Object, text::Text};
use colors::{Colors, RESET};

/// The style in which values are written.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Line breaks and indentation.
    pub indent: Indent,
    /// Whether the keys of objects are sorted by code points; otherwise they are in insertion
    /// order.
    pub sort_keys: bool,
    /// Whether the output is ASCII, with `\u` escapes for all other characters.
    pub ascii: bool,
    /// The terminal colours; `None` for no colours.
    pub colors: Option<Colors>,
}

/// The style of line breaks and indentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Indent {
    /// All of a value on one line.
    #[default]
    Compact,
    /// Each element on its own line, indented by this many spaces for each level.
    Spaces(usize),
    /// Each element on its own line, indented by a tab for each level.
    Tab,
}

/// The value as compact JSON.
#[must_use]
pub fn compact(value: &Val) -> String {
    let mut out = Vec::new();
    Style::default().write(value, &mut out);
    into_text(out)
}

/// The start of a value as compact JSON: the whole text if it is shorter than `len` bytes,
/// otherwise at least `len` bytes.
#[must_use]
pub fn start(value: &Val, len: usize) -> String {
    let mut out = Vec::new();
    Style::default().write_until(value, len, &mut out);
    into_text(out)
}

fn into_text(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("strings are UTF-8, and all other output is ASCII")
}

/// A container whose end has not been written.
enum OpenContainer<'a> {
    Array(std::slice::Iter<'a, Val>),
    Object(std::slice::Iter<'a, (Text, Val)>),
    Sorted(std::vec::IntoIter<&'a (Text, Val)>),
}

impl Style {
    /// Appends `value` without a line end. A value that is nested inside more than 10,000 arrays
    /// and objects is written as `<skipped: too deep>`.
    pub fn write(&self, value: &Val, out: &mut Vec<u8>) {
        self.write_until(value, usize::MAX, out);
    }

    /// Appends `value`. Stops between two elements as soon as `out` has at least `enough` bytes.
    fn write_until(&self, value: &Val, enough: usize, out: &mut Vec<u8>) {
        let mut open = Vec::new();
        self.value(value, &mut open, out);
        while let Some(container) = open.last_mut() {
            if out.len() >= enough {
                return;
            }
            let (kind, next) = match container {
                OpenContainer::Array(elements) => {
                    (Kind::Array, elements.next().map(|value| (None, value)))
                }
                OpenContainer::Object(members) => (
                    Kind::Object,
                    members.next().map(|(key, value)| (Some(key), value)),
                ),
                OpenContainer::Sorted(members) => (
                    Kind::Object,
                    members.next().map(|(key, value)| (Some(key), value)),
                ),
            };
            let depth = open.len();
            let Some((key, value)) = next else {
                open.pop();
                self.line_break(depth - 1, out);
                self.colored(kind, kind.close(), out);
                continue;
            };
            if !matches!(out.last(), Some(b'[' | b'{')) && !self.just_opened(out) {
                self.colored(kind, b",", out);
            }
            self.line_break(depth, out);
            if let Some(key) = key {
                self.key(key, out);
            }
            self.value(value, &mut open, out);
        }
    }

    /// Whether the text ends with an opening bracket in colour.
    fn just_opened(&self, out: &[u8]) -> bool {
        self.colors.is_some()
            && out
                .strip_suffix(RESET)
                .is_some_and(|before| matches!(before.last(), Some(b'[' | b'{')))
    }

    fn value<'a>(&self, value: &'a Val, open: &mut Vec<OpenContainer<'a>>, out: &mut Vec<u8>) {
        if open.len() > DEPTH_MAX {
            out.extend_from_slice(b"<skipped: too deep>");
            return;
        }
        match value {
            Val::Arr(array) if !array.is_empty() => {
                self.colored(Kind::Array, b"[", out);
                open.push(OpenContainer::Array(array.iter()));
            }
            Val::Obj(object) if !object.is_empty() => {
                self.colored(Kind::Object, b"{", out);
                open.push(self.members(object));
            }
            value => match &self.colors {
                Some(colors) => {
                    out.extend_from_slice(colors.of(value));
                    if matches!(value, Val::Num(n) if n.double().is_nan()) {
                        return self.nan(colors, out);
                    }
                    self.scalar(value, out);
                    out.extend_from_slice(RESET);
                }
                None => self.scalar(value, out),
            },
        }
    }

    /// Completes a nan after the colour of numbers: like jq, writes `null` in the colour of null,
    /// and ends both colours.
    fn nan(&self, colors: &Colors, out: &mut Vec<u8>) {
        out.extend_from_slice(colors.of(&Val::Null));
        self.scalar(&Val::Null, out);
        out.extend_from_slice(RESET);
        out.extend_from_slice(RESET);
    }

    fn members<'a>(&self, object: &'a Object) -> OpenContainer<'a> {
        if self.sort_keys {
            OpenContainer::Sorted(object.sorted().into_iter())
        } else {
            OpenContainer::Object(object.iter())
        }
    }

    fn scalar(&self, value: &Val, out: &mut Vec<u8>) {
        match value {
            Val::Null => out.extend_from_slice(b"null"),
            Val::Bool(true) => out.extend_from_slice(b"true"),
            Val::Bool(false) => out.extend_from_slice(b"false"),
            Val::Num(n) => {
                n.write(out);
            }
            Val::Str(text) => string::write(text, self.ascii, out),
            Val::Arr(_) => out.extend_from_slice(b"[]"),
            Val::Obj(_) => out.extend_from_slice(b"{}"),
        }
    }

    fn key(&self, key: &Text, out: &mut Vec<u8>) {
        match &self.colors {
            Some(colors) => {
                out.extend_from_slice(colors.key());
                string::write(key, self.ascii, out);
                out.extend_from_slice(RESET);
            }
            None => string::write(key, self.ascii, out),
        }
        self.colored(Kind::Object, b":", out);
        if self.indent != Indent::Compact {
            out.push(b' ');
        }
    }

    fn colored(&self, kind: Kind, text: &[u8], out: &mut Vec<u8>) {
        match &self.colors {
            Some(colors) => {
                out.extend_from_slice(match kind {
                    Kind::Array => colors.array(),
                    Kind::Object => colors.object(),
                });
                out.extend_from_slice(text);
                out.extend_from_slice(RESET);
            }
            None => out.extend_from_slice(text),
        }
    }

    fn line_break(&self, depth: usize, out: &mut Vec<u8>) {
        let (unit, count) = match self.indent {
            Indent::Compact => return,
            Indent::Spaces(n) => (b' ', n * depth),
            Indent::Tab => (b'\t', depth),
        };
        out.push(b'\n');
        out.resize(out.len() + count, unit);
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Array,
    Object,
}

impl Kind {
    const fn close(self) -> &'static [u8] {
        match self {
            Self::Array => b"]",
            Self::Object => b"}",
        }
    }
}
