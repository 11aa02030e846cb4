//! The services that are simulated: LookupEvents, and what STS and EC2 answer around it.

pub(crate) mod ec2;
pub(crate) mod form;
pub(crate) mod lookup;
pub(crate) mod sts;
