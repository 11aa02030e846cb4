//! The terminal colours of values, which `JQ_COLORS` sets.

use crate::value::Val;

/// The escape sequence that ends a colour.
pub const RESET: &[u8] = b"\x1b[0m";
/// The index of the colour of object keys in [`Colors`].
const KEY: usize = 7;

/// The escape sequences of the colours: null, false, true, numbers, strings, arrays, objects,
/// object keys.
#[derive(Clone, Debug)]
pub struct Colors([Vec<u8>; 8]);

impl Default for Colors {
    fn default() -> Self {
        Self(
            [
                "0;90", "0;39", "0;39", "0;39", "0;32", "1;39", "1;39", "1;34",
            ]
            .map(sequence),
        )
    }
}

fn sequence(code: &str) -> Vec<u8> {
    format!("\x1b[{code}m").into_bytes()
}

impl Colors {
    /// Parses the text of `JQ_COLORS`: codes of digits and `;`, separated by `:`, in the order of
    /// [`Colors`]. A missing code keeps the default colour, as does an empty code for object keys.
    ///
    /// Returns `None` if the text is not valid.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut colors = Self::default();
        if !text
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b';' || b == b':')
        {
            return None;
        }
        let codes = text.split_terminator(':');
        for (place, (color, code)) in colors.0.iter_mut().zip(codes).enumerate() {
            if place != KEY || !code.is_empty() {
                *color = sequence(code);
            }
        }
        Some(colors)
    }

    /// The colour of a value; for an array or an object, the colour of its brackets.
    #[must_use]
    pub fn of(&self, value: &Val) -> &[u8] {
        let place = match value {
            Val::Null => 0,
            Val::Bool(false) => 1,
            Val::Bool(true) => 2,
            Val::Num(_) => 3,
            Val::Str(_) => 4,
            Val::Arr(_) => 5,
            Val::Obj(_) => 6,
        };
        &self.0[place]
    }

    /// The colour of the brackets and commas of arrays.
    #[must_use]
    pub fn array(&self) -> &[u8] {
        &self.0[5]
    }

    /// The colour of the braces, colons and commas of objects.
    #[must_use]
    pub fn object(&self) -> &[u8] {
        &self.0[6]
    }

    /// The colour of the keys of objects.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.0[KEY]
    }
}
