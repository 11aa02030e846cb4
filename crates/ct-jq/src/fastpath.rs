//! The fast path: runs programs that process one record at a time on the record's bytes.
//!
//! [`FastPath::compile`] compiles a program once. The engine (`crate::engine`) runs the programs
//! that the fast path cannot compile. For some of these programs, a second kind of fast path,
//! called a projection, reduces each input to the parts that the program can observe. If the fast
//! path cannot guarantee jq's result for a record, because of an error or unusual JSON, the engine
//! processes the record ([`Outcome::Fallback`]). The results never depend on whether the fast path
//! or the engine has run.

mod compile;
mod demand;
mod eval;
mod functions;
mod node;
pub(crate) mod parallel;
mod printer;
mod record;
mod scope;
mod value;

use ct_core::json as scan;
use jaq_core::load::parse::Term;

use compile::Lowering;
use compile::context::Context;
use compile::elements::{elements, regrouped};
use eval::{Eval, rows};
use node::{Node, Op, Rebase};
use parallel::chunks::Chunk;
use printer::{Printer, is_open_ended};
use record::Slot;
use record::events;
use record::object;
use record::path_tree::PathTree;
use record::projection::Projection;
use record::reduction::Reduction;
use record::rows::Rows;
use scan::{Marks, Text};
use value::arena::Arena;
use value::{Stop, Value};

pub(crate) use compile::context::CommandLineVariable;
pub(crate) use demand::Inputs;
pub(crate) use record::reduction::Reducer;
pub(crate) use value::write::Style;

/// A program that has been compiled for the fast path.
#[derive(Debug)]
pub(crate) struct FastPath {
    root: Node,
    tree: PathTree,
    slots: usize,
    style: Style,
    unit: Unit,
    /// For a projection: the part of each value to print in place of results.
    projection: Option<Projection>,
    /// For a projection: the inputs that the program does not need.
    reduction: Option<Reduction>,
    /// For a projection: whether the engine gets an open chunk (the beginning of a large value)
    /// unchanged.
    leaves_large: bool,
}

/// The unit of input that a program runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Each value of the input.
    Value,
    /// Each event of each value, as with `--stream`.
    Event,
}

/// The outcome of a run on one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The results of the value were appended.
    Done {
        /// The offset at which the value ends.
        consumed: usize,
        /// Whether the last result was true, for `--exit-status`; `None` without a result.
        last: Option<bool>,
    },
    /// The engine must process the value.
    Fallback {
        /// The number of bytes of the value's results that `Results::part` has received.
        /// `Results::out` contains no results of the value.
        printed: usize,
    },
}

/// Memory that is reused for each chunk.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    marks: Marks,
    arenas: Arenas,
}

/// Memory that is reused for each record.
#[derive(Debug, Default)]
struct Arenas {
    of_record: Arena,
    /// Memory for one element of a record at a time.
    of_element: Arena,
}

/// The destination of results.
pub(crate) struct Results<'a> {
    /// The text of the printed results.
    pub(crate) out: &'a mut Vec<u8>,
    /// Receives results of a large value before the value is finished; `None` if all results go to
    /// `out`.
    pub(crate) part: Option<&'a mut dyn FnMut(Vec<u8>)>,
}

impl FastPath {
    /// Compiles a program for the fast path.
    ///
    /// # Errors
    /// Returns the part of the program that needs the engine.
    pub(crate) fn compile(
        program: &Term<&str>,
        named: &[CommandLineVariable],
        style: Style,
        unit: Unit,
    ) -> Result<Self, String> {
        let mut lowering = Lowering::default();
        let mut context = Context::outermost(named);
        if unit == Unit::Event {
            context = context.elsewhere();
        }
        let Some(root) = lowering.term(program, &context) else {
            return Err(lowering.refused.unwrap_or_default());
        };
        if unit == Unit::Event {
            return Ok(Self {
                root,
                tree: PathTree::default(),
                slots: 0,
                style,
                unit,
                projection: None,
                reduction: None,
                leaves_large: false,
            });
        }
        let mut fast_path = Self {
            root: regrouped(root),
            tree: lowering.tree,
            slots: lowering.slots,
            style,
            unit,
            projection: None,
            reduction: None,
            leaves_large: false,
        };
        if let Some((of, _, inner)) = elements(&fast_path.root) {
            match of.op {
                Op::Id => fast_path.tree.want_rows(None, &inner.tree, inner.slots),
                Op::Slot(slot) => fast_path
                    .tree
                    .want_rows(Some(slot), &inner.tree, inner.slots),
                _ => {}
            }
        }
        Ok(fast_path)
    }

    /// A fast path that prints the part of each input that the program can observe; `None` if the
    /// program needs every input whole.
    #[must_use]
    pub(crate) fn projection(program: &Term<&str>, inputs: Inputs) -> Option<Self> {
        let (projection, reduction) = demand::analyze(program, inputs)?;
        Some(Self {
            root: Node::new(Op::Id),
            tree: PathTree::default(),
            slots: 0,
            style: Style {
                indent: None,
                raw: false,
                end: "\n",
            },
            unit: Unit::Value,
            projection: Some(projection),
            reduction,
            // Most programs need most of a large document. Copying the needed part would take
            // longer than building the values that the program does not need.
            leaves_large: inputs == Inputs::Each,
        })
    }

    /// The effect of a projection, such as `reduces each input to .eventName`, as `--explain`
    /// prints it; `None` if this fast path is not a projection.
    #[must_use]
    pub(crate) fn explanation(&self) -> Option<String> {
        let projection = self.projection.as_ref()?;
        let paths = projection
            .paths()
            .map(|paths| format!("reduces each input to {paths}"));
        let reduction = self
            .reduction
            .as_ref()
            .map(|reduction| format!("keeps only {}", reduction.description()));
        let steps: Vec<_> = paths.into_iter().chain(reduction).collect();
        Some(steps.join(" and "))
    }

    /// Whether the engine gets the chunk unchanged.
    fn leaves(&self, chunk: &Chunk) -> bool {
        self.leaves_large && chunk.is_open()
    }

    /// A reducer that drops the inputs that the program does not need; `None` if it may need all
    /// inputs.
    pub(crate) fn reducer(&self) -> Option<Reducer> {
        self.reduction.as_ref().map(Reducer::new)
    }

    /// Runs the program on the JSON value at the start of `text`, and appends its output to
    /// `results`. The text must be valid UTF-8 and begin without whitespace.
    fn run<'a>(
        &self,
        text: impl Text<'a>,
        arenas: &mut Arenas,
        results: &mut Results<'_>,
    ) -> Outcome {
        let mut printer = Printer {
            style: &self.style,
            kept: results.out.len(),
            handed_on: 0,
            last: None,
            results,
        };
        let consumed = self.attempt(text, arenas, &mut printer);
        if let Some(consumed) = consumed {
            Outcome::Done {
                consumed,
                last: printer.last,
            }
        } else {
            printer.results.out.truncate(printer.kept);
            let handed_on = printer.handed_on;
            arenas.of_record.release();
            arenas.of_element.release();
            Outcome::Fallback { printed: handed_on }
        }
    }

    /// If the program processes the elements of one array of the input one by one: the part of the
    /// program that runs on each element.
    fn of_each_element(&self) -> Option<&Rebase> {
        elements(&self.root).map(|(_, _, inner)| inner)
    }

    /// Whether an object is read as a list of members, so that no second pass over its bytes finds
    /// the members.
    fn takes_members(&self) -> bool {
        self.slots == 0 && self.root.takes_members()
    }

    fn attempt<'a>(
        &self,
        text: impl Text<'a>,
        arenas: &mut Arenas,
        printer: &mut Printer<'_, '_>,
    ) -> Option<usize> {
        if let Some(projection) = &self.projection {
            return printer.project(text, projection);
        }
        match self.unit {
            Unit::Event => return self.each_event(text, arenas, printer),
            Unit::Value if matches!(self.root.op, Op::Id) => return printer.copy(text),
            Unit::Value => {}
        }
        let bytes = text.bytes();
        let mut slots = vec![Slot::Missing; self.slots];
        let mut rows = Rows::default();
        let members = if self.takes_members() && bytes[0] == b'{' {
            arenas.of_record.begin(bytes.len());
            object::read(text, &arenas.of_record)
        } else {
            None
        };
        let (input, consumed) = if let Some(object) = members {
            object
        } else {
            let consumed = self.tree.read(text, 0, &mut slots, &mut rows)?;
            if is_open_ended(bytes, consumed) {
                return None;
            }
            arenas.of_record.begin(consumed);
            (Value::new(&bytes[..consumed]).ok()?, consumed)
        };
        let (arena, slots) = (&arenas.of_record, slots.as_slice());
        let eval = Eval { arena, slots };
        let flow = match (elements(&self.root), rows.cells()) {
            (Some((_, _, inner)), [_, ..]) => {
                rows::run(inner, rows.cells(), &mut arenas.of_element, printer)
            }
            (Some((of, missing, inner)), _) => {
                let arena = &mut arenas.of_element;
                eval.one(of, input, None).and_then(|of| {
                    eval.iterate(of, missing, &mut |element| {
                        arena.begin(consumed);
                        let eval = Eval { arena, slots };
                        eval.rebase(inner, element)?.each(
                            &inner.node,
                            element,
                            None,
                            &mut |result| printer.print(&result),
                        )
                    })
                })
            }
            (None, _) => eval.each(&self.root, input, None, &mut |result| {
                printer.print(&result)
            }),
        };
        match flow {
            Ok(()) => Some(consumed),
            Err(Stop::Error | Stop::Bail | Stop::Enough(_)) => None,
        }
    }

    /// Runs the program on each event of the value at the start of `text`, and returns the value's
    /// end.
    fn each_event<'a>(
        &self,
        text: impl Text<'a>,
        arenas: &mut Arenas,
        printer: &mut Printer<'_, '_>,
    ) -> Option<usize> {
        let bytes = text.bytes();
        arenas.of_record.begin(bytes.len());
        let of_event = &mut arenas.of_element;
        let consumed = events::events(text, &arenas.of_record, &mut |path, leaf| {
            of_event.begin(0);
            let arena = &*of_event;
            let path = Value::Arr(arena.alloc_slice_copy(path));
            let event = match leaf {
                Some(leaf) => arena.alloc_slice_copy(&[path, leaf]),
                None => arena.alloc_slice_copy(&[path]),
            };
            let eval = Eval { arena, slots: &[] };
            eval.each(&self.root, Value::Arr(event), None, &mut |result| {
                printer.print(&result)
            })
        });
        consumed
            .ok()
            .filter(|&consumed| !is_open_ended(bytes, consumed))
    }
}
