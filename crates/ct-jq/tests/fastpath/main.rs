//! Nothing a run shows tells whether the fast path or the engine ran: same bytes, same messages, same status.

mod both;
mod gathered;
mod inputs;
mod programs;
