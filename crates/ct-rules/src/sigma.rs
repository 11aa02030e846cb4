//! Sigma rules: detections, correlations and filters.
//!
//! Source of the semantics: the Sigma specification 2.1 (rules, modifiers appendix, correlations, filters). Where it
//! leaves a choice, rules do as rsigma does: strings are compared with numbers and booleans by their text, a field
//! that is absent or null does not exist, an absent field matches `null` and nothing else (`neq` included), and where
//! arrays stand on the way to a field or in it, any element will do.

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
