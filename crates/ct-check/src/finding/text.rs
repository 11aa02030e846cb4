//! Stores each distinct string of the findings once.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;

/// A string from a record. Copies share the same memory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SharedText(Arc<str>);

impl Deref for SharedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for SharedText {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for SharedText {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

impl Serialize for SharedText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// The distinct strings that have been stored so far.
#[derive(Debug, Default)]
pub(crate) struct SharedTexts {
    known: HashSet<SharedText, foldhash::fast::RandomState>,
}

impl SharedTexts {
    /// Returns the stored string that is equal to `text`, and stores `text` first if no equal
    /// string is stored.
    pub(super) fn shared(&mut self, text: &str) -> SharedText {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let text = SharedText::from(text);
        self.known.insert(text.clone());
        text
    }
}
