//! A CloudTrail LookupEvents endpoint for anyone who wants one without an AWS account.
//!
//! As a library it runs beside a test:
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
mod args;
mod command;
mod duration;
mod events;
mod fault;
mod generate;
mod index;
mod load;
mod log;
mod lookup;
mod present;
mod query;
mod quota;
mod random;
mod records;
mod region;
mod server;
mod service;
mod signature;
mod sim;
mod store;
mod token;
mod wire;

pub use command::run;
pub use events::Events;
pub use fault::{Fault, FaultKind, When};
pub use generate::Plan;
pub use log::Request;
pub use sim::{EXAMPLE_ACCESS_KEY_ID, EXAMPLE_SECRET_ACCESS_KEY, Sim, Tokens};
pub use token::TokenKind;
pub use wire::TimeFormat;
