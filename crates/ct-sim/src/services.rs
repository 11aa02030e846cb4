//! The simulated services: LookupEvents, S3, Athena, and the STS and EC2 calls that clients of
//! CloudTrail make.

pub(crate) mod athena;
pub(crate) mod ec2;
pub(crate) mod form;
pub(crate) mod lookup;
pub(crate) mod s3;
pub(crate) mod sts;
pub(crate) mod trails;
