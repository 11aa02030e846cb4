//! Sigma rules: detections, correlations and filters.
//!
//! Source of the semantics: the Sigma specification 2.1 (rules, modifiers appendix, correlations,
//! filters). Where it leaves a choice, this module follows rsigma: strings are compared with
//! numbers and booleans by their text; a field that is absent or null does not exist; an absent
//! field matches `null` only (also with `neq`); and if a field or its path contains arrays, any
//! element may match.

mod condition;
mod correlation;
mod detection;
mod document;
mod encoding;
mod glob;
mod item;
mod keywords;
mod matcher;
mod moment;
mod occurring;

pub(crate) use correlation::Correlation;
pub(crate) use document::{Document, read};
pub(crate) use item::Item;
