//! Tests `ct-jq` in investigation pipelines.

mod filters;
mod pipeline;
