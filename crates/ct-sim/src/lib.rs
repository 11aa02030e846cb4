//! A local endpoint for CloudTrail's LookupEvents that needs no AWS account.
//!
//! As a library, the endpoint runs inside a test:
//!
//! ```
//! use ct_sim::{Events, Fault, FaultKind, Sim};
//!
//! let sim = Sim::start(
//!     Events::count(120)
//!         .throttle_request(2)
//!         .fault(Fault::rate(0.1, FaultKind::Reset)),
//! );
//! // … a client asks sim.url() …
//! assert_eq!(sim.requests(), []);
//! assert_eq!(sim.tokens(), []);
//! ```

mod answer;
mod clock;
mod command;
mod fault;
mod generate;
mod random;
mod region;
mod requester;
mod serve;
mod services;
mod sim;
mod store;
mod trail;

pub use command::run;
pub use fault::{Fault, FaultKind, When};
pub use generate::Traffic;
pub use generate::category::Category;
pub use serve::log::Request;
pub use services::athena::{QueryEnd, Table};
pub use services::lookup::token::TokenKind;
pub use services::lookup::wire::TimeFormat;
pub use services::s3::Bucket;
pub use services::s3::fault::{S3Fault, S3FaultKind};
pub use services::s3::layout::ArchiveLayout;
pub use sim::events::Events;
pub use sim::{EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Sim, Tokens};
pub use trail::tampering::Tampering;
pub use trail::{Trail, WrittenTrail};
