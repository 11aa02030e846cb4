//! Runs whole files on the fast path, on all cores, and hands what the fast path cannot do to the engine.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::input::Next;
use super::{Ended, Engine, Run, Tally};
use crate::args::{Args, Terminator};
use crate::engine::Mode;
use crate::fastpath::parallel::chunk_result::{ChunkResult, Segment};
use crate::fastpath::parallel::{ChunkResults, Message};
use crate::fastpath::{self, FastPath, Unit};
use crate::value::write::{Indent, Style};

/// The part of the run for the fast path; none with options that need the engine.
pub(super) fn mode(args: &Args, style: &Style) -> Mode {
    if args.engine || args.raw_input || args.seq || args.stream_errors {
        return Mode::Engine;
    }
    match (args.null_input, args.slurp, args.stream) {
        (false, false, is_stream) => plan_style(args, style).map_or(Mode::Engine, |style| {
            Mode::Whole(style, if is_stream { Unit::Event } else { Unit::Value })
        }),
        (true, false, false) => Mode::Projection(fastpath::Inputs::Called),
        (false, true, false) => Mode::Projection(fastpath::Inputs::Slurped),
        (true, false, true) => Mode::Gathered,
        _ => Mode::Engine,
    }
}

/// The style of the fast path's results; `None` for styles that only the engine prints.
fn plan_style(args: &Args, style: &Style) -> Option<fastpath::Style> {
    if style.sort_keys || style.ascii || style.colors.is_some() {
        return None;
    }
    Some(fastpath::Style {
        indent: match style.indent {
            Indent::Compact => None,
            Indent::Spaces(count) => Some(" ".repeat(count)),
            Indent::Tab => Some("\t".to_owned()),
        },
        raw: args.raw_output,
        end: match args.terminator {
            Terminator::Newline => "\n",
            Terminator::Nothing => "",
            Terminator::Nul => "\0",
        },
    })
}

impl Run<'_> {
    /// Runs the fast path, if there is one, on all files that can be read.
    ///
    /// Breaks when the run is over; otherwise the engine handles the rest.
    pub(super) fn on_fast_path(&self, engine: &Engine, tally: &mut Tally) -> ControlFlow<()> {
        if let Some(fast_path) = &engine.fast_path {
            while let Some(answers) = self.next_answers(fast_path) {
                self.answered(answers, engine, tally)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The results of the next file; `None` after the last file, and after one that cannot be read.
    pub(super) fn next_answers(&self, fast_path: &Arc<FastPath>) -> Option<ChunkResults> {
        let mut inputs = self.inputs.borrow_mut();
        loop {
            if let Some((file, bytes)) = inputs.take_file() {
                let threads = self.args.threads;
                return Some(ChunkResults::new(fast_path.clone(), file, bytes, threads));
            }
            if inputs.is_ended() || inputs.failures() > 0 {
                return None;
            }
            inputs.read_on();
            for complaint in inputs.take_complaints() {
                self.surroundings.complain(&complaint);
            }
        }
    }

    fn answered(
        &self,
        mut answers: ChunkResults,
        engine: &Engine,
        tally: &mut Tally,
    ) -> ControlFlow<()> {
        let mut spare = ChunkResult::default();
        loop {
            self.stdout.borrow_mut().flush();
            if self.stdout.borrow().broken().is_some() {
                return ControlFlow::Break(());
            }
            match answers.next(std::mem::take(&mut spare)) {
                Ok(None) => return ControlFlow::Continue(()),
                Ok(Some(Message::Part(text))) => {
                    // Inside an incomplete value, results of the fast path are invalid.
                    if self.inputs.borrow().is_idle() {
                        self.stdout.borrow_mut().write(&text);
                    }
                    spare = ChunkResult::of_results(text);
                }
                Ok(Some(Message::Whole(answer))) => {
                    self.take(&answer, engine, tally)?;
                    spare = answer;
                }
                Err(error) => {
                    let mut inputs = self.inputs.borrow_mut();
                    inputs.fail(&error);
                    for complaint in inputs.take_complaints() {
                        self.surroundings.complain(&complaint);
                    }
                    return ControlFlow::Continue(());
                }
            }
        }
    }

    /// Processes the segments of a chunk's result in order.
    fn take(&self, answer: &ChunkResult, engine: &Engine, tally: &mut Tally) -> ControlFlow<()> {
        let bytes = answer.bytes();
        if !self.inputs.borrow().is_idle() {
            for bytes in answer.pieces() {
                self.inputs.borrow_mut().go_on(bytes);
                self.read(engine, tally)?;
            }
            return ControlFlow::Continue(());
        }
        let is_printed = |step: &Segment| matches!(step, Segment::Printed { .. });
        if answer.steps.iter().all(is_printed) {
            self.inputs.borrow_mut().pass(answer.lines, answer.column);
        } else {
            self.inputs.borrow_mut().begin(bytes, answer.ahead);
        }
        let mut is_read = answer.steps.iter().all(is_printed);
        for step in &answer.steps {
            match step {
                Segment::Printed {
                    range,
                    last,
                    last_output,
                } => {
                    self.stdout.borrow_mut().write(&answer.out()[range.clone()]);
                    tally.last = last.map_or(Ended::NoOutput, Ended::Output);
                    tally.last_output = last_output.or(tally.last_output);
                }
                Segment::Value { range, printed } => {
                    self.reprinted.set(*printed);
                    self.inputs.borrow_mut().read_to(range.start, range.end);
                    self.read(engine, tally)?;
                }
                Segment::Rest(start) => {
                    is_read = true;
                    self.inputs.borrow_mut().read_to(*start, bytes.len());
                    self.read(engine, tally)?;
                }
            }
        }
        if !is_read {
            self.inputs.borrow_mut().read_to(bytes.len(), bytes.len());
        }
        ControlFlow::Continue(())
    }

    /// Runs the engine on the complete values of the inputs' reader.
    fn read(&self, engine: &Engine, tally: &mut Tally) -> ControlFlow<()> {
        loop {
            let next = self.inputs.borrow_mut().poll();
            match next {
                Next::Value(value) => self.value(engine, value, tally)?,
                Next::Wait | Next::End => return ControlFlow::Continue(()),
            }
        }
    }
}
