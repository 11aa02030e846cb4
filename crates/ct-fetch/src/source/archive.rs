//! Records of files, folders, standard input and S3 buckets.

pub(crate) mod listing;
pub(crate) mod open;
pub(crate) mod queue;
pub(crate) mod read;
pub(crate) mod sorter;
pub(crate) mod source;
pub(crate) mod stop;
