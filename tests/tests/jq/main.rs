//! `ct-jq` in the pipelines of a responder.

mod filters;
mod pipeline;
