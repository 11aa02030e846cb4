//! Inputs that a program gets as projections: read and cut down on all cores, one value after the other.

use std::sync::Arc;

use ct_core::json as scan;

use super::Run;
use super::input::Next;
use crate::fastpath::FastPath;
use crate::fastpath::parallel::chunk_result::{ChunkResult, Segment};
use crate::fastpath::parallel::{ChunkResults, Message};
use crate::value::Val;
use crate::value::read::Reader;

/// The projections of the inputs that are still to come.
pub(super) struct Feed {
    fast_path: Arc<FastPath>,
    /// The file being read.
    answers: Option<ChunkResults>,
    answer: ChunkResult,
    /// The next of the answer's steps.
    step: usize,
    /// Where the values that step made projections of begin in the chunk.
    start: usize,
    /// Projections taken from the step before the next one.
    taken: usize,
    /// Whether the inputs hold the chunk, to count its lines.
    is_begun: bool,
    /// Whether the inputs read the chunk to its end themselves.
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
    /// The next projection, or the next value that has to be read in full; `None` when the feed has ended.
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

    /// Tells the inputs how far they have been read, for the lines of messages.
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

    /// Ends an answer all of whose steps have been taken.
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

    /// Goes on to the next answer, of the same file or the next one; whether there is one.
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
                        // A value that has been half read goes on here.
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
                    for complaint in std::mem::take(&mut inputs.complaints) {
                        self.surroundings.complain(&complaint);
                    }
                }
            }
        }
    }
}
