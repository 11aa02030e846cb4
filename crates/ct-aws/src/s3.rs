//! Reads an S3 bucket: lists its keys and gets its objects.

mod address;
mod client;
mod concurrency;
mod customer_key;
mod error;
mod get;
mod list;
mod retry;

pub use address::Address;
pub use client::{AccessOptions, Bucket};
pub use customer_key::CustomerKey;
pub use error::{Error, ErrorKind};
pub use get::ObjectPart;
pub use list::{KeyPage, ListRequest, Object};
