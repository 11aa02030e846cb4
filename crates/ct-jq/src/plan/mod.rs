//! The fast path: programs that look at one record at a time run on the record's bytes.
//!
//! A program is lowered once ([`Plan::compile`]); what cannot be lowered is left to the engine. A record the plan is
//! in any doubt about, because of an error to be printed or of JSON that is unusual, is left to the engine as well
//! ([`Outcome::Fallback`]), so that results never tell which of the two ran.

mod arithmetic;
mod arrays;
mod builtins;
mod dates;
mod eval;
mod formats;
mod functions;
mod lower;
mod matcher;
mod node;
mod number;
mod objects;
mod paths;
mod scan;
mod shape;
mod strings;
mod value;
mod write;

use bumpalo::Bump;
use jaq_core::load::parse::Term;

use eval::Eval;
use lower::{Lowering, Place};
use node::{Node, Op};
use shape::{Shape, Slot};
use value::{Stop, Value};

pub use lower::Named;
pub use write::Style;

/// A lowered program.
#[derive(Debug)]
pub struct Plan {
    root: Node,
    shape: Shape,
    slots: usize,
    style: Style,
}

/// What became of the value at the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its results were appended.
    Done {
        /// Where the value ends.
        consumed: usize,
        /// The last result, as `--exit-status` sees it; `None` without one.
        last: Option<bool>,
    },
    /// It is for the engine; nothing was appended.
    Fallback,
}

/// Memory that is used again for each record.
#[derive(Debug, Default)]
pub struct Scratch {
    arena: Bump,
}

impl Plan {
    /// Lowers a program, given as the user wrote it; `None` if any part of it needs the engine.
    #[must_use]
    pub fn compile(program: &Term<&str>, named: &[Named], style: Style) -> Option<Self> {
        let mut lowering = Lowering::default();
        let root = lowering.term(program, &Place::outermost(named)?)?;
        Some(Self {
            root,
            shape: lowering.shape,
            slots: lowering.slots,
            style,
        })
    }

    /// Runs the program on the JSON value at the start of `bytes` (no whitespace, valid UTF-8) and appends what it
    /// prints to `out`.
    pub fn run(&self, bytes: &[u8], scratch: &mut Scratch, out: &mut Vec<u8>) -> Outcome {
        let before = out.len();
        let outcome = self.attempt(bytes, &scratch.arena, out);
        scratch.arena.reset();
        outcome.unwrap_or_else(|| {
            out.truncate(before);
            Outcome::Fallback
        })
    }

    fn attempt(&self, bytes: &[u8], arena: &Bump, out: &mut Vec<u8>) -> Option<Outcome> {
        if matches!(self.root.op, Op::Id) {
            let consumed = write::copy(bytes, 0, &self.style, 0, out)?;
            if is_open_ended(bytes, consumed) || (self.style.raw && bytes[0] == b'"') {
                return None;
            }
            out.extend_from_slice(self.style.end.as_bytes());
            return Some(Outcome::Done {
                consumed,
                last: Some(!matches!(bytes[0], b'n' | b'f')),
            });
        }
        let slots = arena.alloc_slice_fill_copy(self.slots, Slot::Missing);
        let consumed = self.shape.read(bytes, 0, slots)?;
        if is_open_ended(bytes, consumed) {
            return None;
        }
        let input = Value::new(&bytes[..consumed]).ok()?;
        let mut last = None;
        let flow = Eval { arena, slots }.each(&self.root, input, None, &mut |result| {
            last = Some(result.truth());
            write::result(&result, &self.style, out)
        });
        match flow {
            Ok(()) => Some(Outcome::Done { consumed, last }),
            Err(Stop::Error | Stop::Bail | Stop::Enough(_)) => None,
        }
    }
}

/// Whether a number or word ends with the bytes, so that more of it may follow.
fn is_open_ended(bytes: &[u8], consumed: usize) -> bool {
    !matches!(bytes[0], b'{' | b'[' | b'"')
        && !matches!(bytes.get(consumed), Some(b' ' | b'\n' | b'\r' | b'\t'))
}
