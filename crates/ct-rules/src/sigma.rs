//! Sigma rules: detections, correlations and filters.
//!
//! Source of the semantics: the Sigma specification 2.1 (rules, modifiers appendix, correlations,
//! filters). Where the specification leaves a choice, this module does the same as the Sigma engine
//! rsigma: A string is compared with the text form of a number or boolean. `exists` treats a field
//! that is null like an absent field. An absent field matches only `null`; with the modifier `neq`,
//! it matches nothing. If a field or its path contains arrays, any element may match.

mod any_substring;
mod condition;
mod correlation;
mod detection;
mod document;
mod encoding;
mod glob;
mod item;
mod keywords;
mod matcher;
mod time_part;

pub(crate) use correlation::Correlation;
pub(crate) use document::{Document, read};
pub(crate) use item::DetectionItem;
