//! Strings: shared UTF-8, which grows in place if there is only one owner.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// The length in bytes from which a joined string keeps spare capacity.
const GROWS_FROM: usize = 256;

/// A string that is cheap to clone.
#[derive(Clone, Debug)]
pub struct Text(Repr);

#[derive(Clone, Debug)]
enum Repr {
    Shared(Rc<str>),
    Growing(Rc<String>),
}

impl Text {
    /// The string as `&str`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Shared(text) => text,
            Repr::Growing(text) => text,
        }
    }

    /// Appends `more` to the string. If there is only one owner, the string grows in place.
    #[must_use]
    pub fn joined(self, more: &str) -> Self {
        if let Repr::Growing(mut text) = self.0 {
            return match Rc::get_mut(&mut text) {
                Some(own) => {
                    own.push_str(more);
                    Self(Repr::Growing(text))
                }
                None => Self::concat(&text, more),
            };
        }
        Self::concat(&self, more)
    }

    fn concat(first: &str, second: &str) -> Self {
        let len = first.len() + second.len();
        let room = if len < GROWS_FROM { len } else { len * 2 };
        let mut text = String::with_capacity(room);
        text.push_str(first);
        text.push_str(second);
        Self::from(text)
    }

    /// Whether two strings share the same memory.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Shared(a), Repr::Shared(b)) => Rc::ptr_eq(a, b),
            (Repr::Growing(a), Repr::Growing(b)) => Rc::ptr_eq(a, b),
            _ => false,
        }
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Repr::Shared(Rc::from(text)))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.len() < GROWS_FROM {
            Self(Repr::Shared(Rc::from(text)))
        } else {
            Self(Repr::Growing(Rc::new(text)))
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self)
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl std::hash::Hash for Text {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}
