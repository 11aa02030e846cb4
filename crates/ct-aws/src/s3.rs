//! Reads an S3 bucket: lists its keys and gets its objects.

mod address;
mod attempts;
mod client;
mod customer_key;
mod error;
mod get;
mod list;
mod pacer;

pub use address::Address;
pub use client::{Access, Bucket};
pub use customer_key::CustomerKey;
pub use error::{Error, ErrorKind};
pub use get::ObjectPart;
pub use list::{KeyPage, List, Object};
pub(crate) use pacer::wait;
