//! All communication with AWS: configuration, credentials, connections, requests and errors.

pub mod athena;
pub mod config;
pub mod credentials;
pub mod error;
pub mod http;
pub mod identity;
pub mod lookup_events;
pub mod public_keys;
pub mod python;
pub mod retry;
pub mod role;
pub mod s3;
pub mod setup;
pub mod stop;
