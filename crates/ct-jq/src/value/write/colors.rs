//! The terminal colours of values, as `JQ_COLORS` sets them.

use crate::value::Val;

/// Ends a colour.
pub const RESET: &[u8] = b"\x1b[0m";
/// Index of the colour of object keys.
const KEY: usize = 7;

/// The colours' escape sequences: null, false, true, numbers, strings, arrays, objects, object keys.
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
    /// The colours of a `JQ_COLORS` text: codes of digits and `;`, separated by `:`, in the order above. Missing codes keep
    /// the default, and so does an empty code for object keys.
    ///
    /// `None` if the text is not valid.
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

    /// The colour of a value. For an array or an object, it is the colour of the brackets.
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

    /// The colour of an array's brackets and commas.
    #[must_use]
    pub fn array(&self) -> &[u8] {
        &self.0[5]
    }

    /// The colour of an object's braces, colons and commas.
    #[must_use]
    pub fn object(&self) -> &[u8] {
        &self.0[6]
    }

    /// The colour of an object's keys.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.0[KEY]
    }
}
