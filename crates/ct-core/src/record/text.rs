//! A string in a record.

use std::borrow::Cow;

use serde::Deserialize;

/// A string that borrows from the record if it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);
