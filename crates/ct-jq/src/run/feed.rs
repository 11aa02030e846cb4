//! Inputs as projections: all threads read them and reduce them to what the program observes.

use std::sync::Arc;

use ct_core::json as scan;

use super::Run;
use super::input::Next;
use crate::fastpath::FastPath;
use crate::fastpath::parallel::chunk_result::{ChunkResult, Segment};
use crate::fastpath::parallel::{ChunkResults, Message};
use crate::value::Val;
use crate::value::read::Reader;

/// The projections of the remaining inputs.
pub(super) struct Feed {
    fast_path: Arc<FastPath>,
    /// The file being read.
    answers: Option<ChunkResults>,
    answer: ChunkResult,
    /// Index of the next segment.
    step: usize,
    /// Offset in the chunk of the values of the current projections.
    start: usize,
    /// Number of projections taken from the current segment.
    taken: usize,
    /// Whether the inputs hold the chunk for counting lines.
    is_begun: bool,
    /// Whether the inputs have read the chunk to its end.
    is_all_read: bool,
    projections: Reader,
}

impl Feed {
    pub(super) fn new(fast_path: Arc<FastPath>) -> Self {
        Self {
            fast_path,
            answers: None,
            answer: ChunkResult::default(),
            step: 0,
            start: 0,
            taken: 0,
            is_begun: false,
            is_all_read: false,
            projections: Reader::default(),
        }
    }
}

impl Run<'_> {
    /// The next projection, or the next value that must be read in full; `None` at the end.
    pub(super) fn next_projection(&self, feed: &mut Feed) -> Option<Result<Val, String>> {
        loop {
            if let Some(value) = feed.projections.next_value() {
                feed.taken += 1;
                match value {
                    Ok(value) if self.args.slurp => self.inputs.borrow_mut().slurp(value),
                    value => return Some(value),
                }
                continue;
            }
            if let Next::Value(value) = self.inputs.borrow_mut().poll() {
                return Some(value);
            }
            let Some(step) = feed.answer.steps.get(feed.step) else {
                if self.next_answer(feed) {
                    continue;
                }
                return None;
            };
            match step {
                Segment::Printed { range, .. } => {
                    feed.taken = 0;
                    feed.projections.feed(&feed.answer.out()[range.clone()]);
                    feed.step += 1;
                }
                Segment::Value { range, .. } => {
                    let (start, end) = (range.start, range.end);
                    self.read_raw(feed, start, end);
                }
                Segment::Rest(start) => {
                    let start = *start;
                    let end = feed.answer.bytes().len();
                    self.read_raw(feed, start, end);
                    feed.is_all_read = true;
                }
            }
        }
    }

    /// Reads a part of the chunk in full.
    fn read_raw(&self, feed: &mut Feed, start: usize, end: usize) {
        let mut inputs = self.inputs.borrow_mut();
        if !std::mem::replace(&mut feed.is_begun, true) {
            inputs.begin(feed.answer.bytes(), feed.answer.ahead);
        }
        inputs.read_to(start, end);
        feed.start = end;
        feed.taken = 0;
        feed.step += 1;
    }

    /// Moves the inputs to the current position, for the line numbers of messages.
    pub(super) fn locate(&self, feed: &mut Feed) {
        let bytes = feed.answer.bytes();
        let mut end = feed.start;
        for _ in 0..std::mem::take(&mut feed.taken) {
            match scan::value(bytes, scan::space(bytes, end)) {
                Some(next) => end = next,
                None => return,
            }
        }
        if end > feed.start {
            let mut inputs = self.inputs.borrow_mut();
            if !std::mem::replace(&mut feed.is_begun, true) {
                inputs.begin(bytes, feed.answer.ahead);
            }
            inputs.read_to(end, end);
            feed.start = end;
        }
    }

    /// Finishes a chunk whose segments have all been taken.
    fn end_answer(&self, feed: &mut Feed) {
        let (mut inputs, end) = (self.inputs.borrow_mut(), feed.answer.bytes().len());
        if feed.is_all_read {
            return;
        }
        if feed.is_begun {
            inputs.read_to(end, end);
        } else if end > 0 {
            inputs.pass(feed.answer.lines, feed.answer.column);
        }
        feed.is_all_read = true;
    }

    /// Moves to the next chunk, of the same file or the next one; false at the end.
    fn next_answer(&self, feed: &mut Feed) -> bool {
        self.end_answer(feed);
        loop {
            self.stdout.borrow_mut().flush();
            if self.stdout.borrow().broken().is_some() {
                return false;
            }
            if feed.answers.is_none() {
                feed.answers = self.next_answers(&feed.fast_path);
            }
            let Some(answers) = &mut feed.answers else {
                return false;
            };
            match answers.next(std::mem::take(&mut feed.answer)) {
                Ok(Some(Message::Whole(answer))) => {
                    feed.answer = answer;
                    (feed.is_begun, feed.is_all_read) = (false, false);
                    (feed.step, feed.start, feed.taken) = (0, 0, 0);
                    if !self.inputs.borrow().is_idle() {
                        // An incomplete value continues here.
                        self.inputs.borrow_mut().go_on(feed.answer.bytes());
                        feed.answer.steps.clear();
                        (feed.is_begun, feed.is_all_read) = (true, true);
                    }
                    return true;
                }
                Ok(Some(Message::Part(text))) => feed.projections.feed(&text),
                Ok(None) => feed.answers = None,
                Err(error) => {
                    feed.answers = None;
                    let mut inputs = self.inputs.borrow_mut();
                    inputs.fail(&error);
                    for complaint in inputs.take_complaints() {
                        self.surroundings.complain(&complaint);
                    }
                }
            }
        }
    }
}
