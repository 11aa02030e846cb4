//! The services that are simulated: LookupEvents, and S3, and what STS and EC2 answer around them.

pub(crate) mod ec2;
pub(crate) mod form;
pub(crate) mod lookup;
pub(crate) mod s3;
pub(crate) mod sts;
