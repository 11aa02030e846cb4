//! The values that a program reads, computes and prints.

pub(crate) mod access;
pub(crate) mod arithmetic;
pub(crate) mod array;
pub(crate) mod assign;
pub(crate) mod decimal;
pub(crate) mod error;
pub(crate) mod number;
pub(crate) mod object;
pub mod order;
pub mod read;
pub(crate) mod text;
pub mod write;

pub use error::Error;

use array::Array;
use number::Num;
use object::Object;
use std::fmt;
use std::rc::Rc;
use text::Text;

/// The maximum depth of values that are read, printed, compared or merged, and the maximum length
/// of a path.
pub const DEPTH_MAX: usize = 10_000;

/// A JSON value, which is cheap to clone.
#[derive(Clone, Debug)]
pub enum Val {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Num(Num),
    /// A string.
    Str(Text),
    /// An array.
    Arr(Rc<Array>),
    /// An object.
    Obj(Rc<Object>),
}

/// A value or an error.
pub type Result<T = Val> = std::result::Result<T, Error>;

impl Val {
    /// A number that was computed.
    #[must_use]
    pub const fn number(n: f64) -> Self {
        Self::Num(Num::Double(n))
    }

    /// A count or an offset, as a number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "jq's numbers are doubles")]
    pub const fn count(n: usize) -> Self {
        Self::number(n as f64)
    }

    /// A value that is a string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::Str(Text::from(text))
    }

    /// A value that is an array.
    #[must_use]
    pub fn array(values: Vec<Self>) -> Self {
        Self::Arr(Rc::new(Array::from(values)))
    }

    /// A value that is an object.
    #[must_use]
    pub fn object(object: Object) -> Self {
        Self::Obj(Rc::new(object))
    }

    /// The name of the type in jq: `null`, `boolean`, `number`, `string`, `array` or `object`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    /// Whether a condition treats the value as true: only `null` and `false` are not.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// The text of a string; `None` for any other value.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// A number as a double; `None` for any other value.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Num(n) => Some(n.double()),
            _ => None,
        }
    }

    /// The elements of an array; `None` for any other value.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self {
            Self::Arr(array) => Some(array.as_slice()),
            _ => None,
        }
    }

    /// The object; `None` for any other value.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Obj(object) => Some(object),
            _ => None,
        }
    }

    /// Whether two values are the same constant or share memory. With this test, jq recognises a
    /// part of a value in a path expression.
    #[must_use]
    pub fn is_identical(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Num(a), Self::Num(b)) => a.is_identical(b),
            (Self::Str(a), Self::Str(b)) => a.is_same(b),
            (Self::Arr(a), Self::Arr(b)) => Rc::ptr_eq(a, b),
            (Self::Obj(a), Self::Obj(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// The value. A number literal gets its own memory, so that [`Self::is_identical`] recognises
    /// its clones.
    #[must_use]
    pub fn distinct(self) -> Self {
        match self {
            Self::Num(n) => Self::Num(n.distinct()),
            value => value,
        }
    }

    fn is_container(&self) -> bool {
        matches!(self, Self::Arr(_) | Self::Obj(_))
    }
}

impl From<bool> for Val {
    fn from(b: bool) -> Self {
        Self::Bool(b)
    }
}

impl From<f64> for Val {
    fn from(n: f64) -> Self {
        Self::number(n)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::Str(Text::from(text))
    }
}

impl From<&str> for Val {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

/// Displays a value as in error messages: as compact JSON, but a string without quotes.
impl fmt::Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            value => f.write_str(&write::compact(value)),
        }
    }
}
