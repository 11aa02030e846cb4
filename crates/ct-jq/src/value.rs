//! Values as jq has them: what a program reads, makes and prints.

pub mod access;
pub mod arithmetic;
pub mod array;
pub mod assign;
pub mod decimal;
pub mod engine;
pub mod error;
pub mod number;
pub mod object;
pub mod order;
pub mod path;
pub mod read;
pub mod text;

use array::Array;
use number::Num;
use object::Object;
use path::Tracked;
use std::rc::Rc;
use text::Text;

/// How deep values may nest in what is read, printed, compared, merged or addressed by a path.
pub const DEPTH_MAX: usize = 10_000;

/// A JSON value; cheap to clone.
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
    /// A value met while a path expression runs, with its path; to anything but paths it is the value itself.
    Tracked(Rc<Tracked>),
}

/// An error a program may catch; its value is what `catch` sees.
pub type Error = jaq_core::Error<Val>;
/// A value or an error.
pub type Result<T = Val> = std::result::Result<T, Error>;

impl Val {
    /// A computed number.
    #[must_use]
    pub const fn number(n: f64) -> Self {
        Self::Num(Num::Double(n))
    }

    /// A count or an offset as a number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "jq's numbers are doubles")]
    pub const fn count(n: usize) -> Self {
        Self::number(n as f64)
    }

    /// A string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::Str(Text::from(text))
    }

    /// An array.
    #[must_use]
    pub fn array(values: Vec<Self>) -> Self {
        Self::Arr(Rc::new(Array::from(values)))
    }

    /// An object.
    #[must_use]
    pub fn object(object: Object) -> Self {
        Self::Obj(Rc::new(object))
    }

    /// The value without its path.
    #[must_use]
    pub fn bare(self) -> Self {
        match self {
            Self::Tracked(tracked) => tracked.value().clone(),
            value => value,
        }
    }

    /// The value without its path, borrowed.
    #[must_use]
    pub fn as_bare(&self) -> &Self {
        match self {
            Self::Tracked(tracked) => tracked.value(),
            value => value,
        }
    }

    /// jq's word for the kind: `null boolean number string array object`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.as_bare() {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) | Self::Tracked(_) => "object",
        }
    }

    /// Whether jq takes it for true: all but `null` and `false`.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        !matches!(self.as_bare(), Self::Null | Self::Bool(false))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self.as_bare() {
            Self::Str(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// The number as a double, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self.as_bare() {
            Self::Num(n) => Some(n.double()),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    #[must_use]
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self.as_bare() {
            Self::Arr(array) => Some(array.as_slice()),
            _ => None,
        }
    }

    /// The object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        match self.as_bare() {
            Self::Obj(object) => Some(object),
            _ => None,
        }
    }

    fn is_container(&self) -> bool {
        matches!(self, Self::Arr(_) | Self::Obj(_) | Self::Tracked(_))
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

/// An integer literal of a program; beyond a double's exact integers its digits are kept.
impl From<isize> for Val {
    fn from(n: isize) -> Self {
        Num::parse(n.to_string().as_bytes()).map_or(Self::Null, Self::Num)
    }
}

impl FromIterator<Val> for Val {
    fn from_iter<I: IntoIterator<Item = Self>>(values: I) -> Self {
        path::collect(values)
    }
}
