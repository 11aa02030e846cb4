//! The exact reader. It reads byte by byte like jq's parser, and reports the same errors at the
//! same positions.

use super::events::Events;
use super::string::unescape;
use super::tree::Tree;
use super::{Framing, ValueForm};
use crate::value::Val;
use crate::value::number::Num;
use std::collections::VecDeque;

const RECORD_SEPARATOR: u8 = 0x1e;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TokenState {
    #[default]
    Normal,
    String,
    Escape,
    AwaitingSeparator,
}

#[derive(Debug)]
enum Builder {
    Tree(Tree),
    Events(Events),
}

/// The state of the exact reader between two bytes.
#[derive(Debug)]
pub(super) struct Machine {
    framing: Framing,
    form: ValueForm,
    state: TokenState,
    token: Vec<u8>,
    builder: Builder,
    line: usize,
    column: usize,
    last_was_space: bool,
    /// Whether the end of the input has been processed.
    ended: bool,
}

impl Default for Machine {
    fn default() -> Self {
        Self::new(Framing::Plain, ValueForm::Values)
    }
}

type SyntaxResult = Result<(), String>;

impl Machine {
    pub(super) fn new(framing: Framing, form: ValueForm) -> Self {
        Self {
            framing,
            form,
            state: if framing == Framing::Sequence {
                TokenState::AwaitingSeparator
            } else {
                TokenState::Normal
            },
            token: Vec::new(),
            builder: match form {
                ValueForm::Values => Builder::Tree(Tree::default()),
                ValueForm::Events | ValueForm::EventsAndErrors | ValueForm::Gathered(_) => {
                    Builder::Events(Events::default())
                }
            },
            line: 1,
            column: 0,
            last_was_space: false,
            ended: false,
        }
    }

    /// Whether the fast reader may read the next value instead of this reader.
    pub(super) fn is_plain_and_idle(&self) -> bool {
        self.framing == Framing::Plain && self.form == ValueForm::Values && self.is_idle()
    }

    /// Whether the reader is not inside an incomplete value.
    pub(super) fn is_idle(&self) -> bool {
        let empty = match &self.builder {
            Builder::Tree(tree) => tree.is_empty(),
            Builder::Events(events) => events.is_empty(),
        };
        empty && self.token.is_empty() && self.state == TokenState::Normal
    }

    /// Whether a value at the depth `depth` may begin at the current position. Inside a token, no
    /// value may begin.
    pub(super) fn is_at_value(&self, depth: usize) -> bool {
        let is_between = self.state == TokenState::Normal && self.token.is_empty();
        is_between
            && self.framing == Framing::Plain
            && matches!(&self.builder, Builder::Events(events) if events.is_at_value(depth))
    }

    /// Skips a value that the fast reader has read.
    pub(super) fn pass(&mut self, value: &[u8]) {
        self.last_was_space = false;
        self.line += memchr::memchr_iter(b'\n', value).count();
        match memchr::memrchr(b'\n', value) {
            Some(last) => self.column = value.len() - last - 1,
            None => self.column += value.len(),
        }
        if let Builder::Events(events) = &mut self.builder {
            events.pass_value();
        }
    }

    pub(super) fn is_sequence(&self) -> bool {
        self.framing == Framing::Sequence
    }

    pub(super) fn set_place(&mut self, line: usize, column: usize) {
        (self.line, self.column) = (line, column);
    }

    fn placed(&self, text: &str) -> String {
        format!("{text} at line {}, column {}", self.line, self.column)
    }

    fn placed_at_end(&self, text: &str) -> String {
        format!(
            "{text} at EOF at line {}, column {}",
            self.line, self.column
        )
    }

    /// Processes one byte, and appends complete values to `out`.
    pub(super) fn byte(&mut self, b: u8, out: &mut VecDeque<Val>) -> SyntaxResult {
        self.column += 1;
        if b == b'\n' {
            self.line += 1;
            self.column = 0;
        }
        if b == RECORD_SEPARATOR && self.is_sequence() {
            return self.separator(out);
        }
        if self.state == TokenState::AwaitingSeparator {
            return Ok(());
        }
        let pending = out.len();
        self.step(b, out).map_err(|text| {
            // A value that an invalid byte has completed is dropped too.
            out.truncate(pending);
            let text = self.placed(text);
            if self.is_sequence() {
                format!("{text} (need RS to resync)")
            } else {
                text
            }
        })
    }

    fn step(&mut self, b: u8, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        self.last_was_space = false;
        match self.state {
            TokenState::Normal | TokenState::AwaitingSeparator => match b {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.last_was_space = true;
                    self.literal(out)
                }
                b'"' => {
                    self.literal(out)?;
                    self.state = TokenState::String;
                    Ok(())
                }
                b'[' | b']' | b'{' | b'}' | b':' | b',' => {
                    self.literal(out)?;
                    match &mut self.builder {
                        Builder::Tree(tree) => tree.token(b)?,
                        Builder::Events(events) => events.token(b, out)?,
                    }
                    self.emit(out);
                    Ok(())
                }
                b => {
                    self.token.push(b);
                    Ok(())
                }
            },
            TokenState::Escape => {
                self.token.push(b);
                self.state = TokenState::String;
                Ok(())
            }
            TokenState::String if b == b'"' => {
                self.state = TokenState::Normal;
                let raw = std::mem::take(&mut self.token);
                let value = Val::from(unescape(&raw)?);
                self.value(value, out)
            }
            TokenState::String => {
                self.token.push(b);
                if b == b'\\' {
                    self.state = TokenState::Escape;
                }
                Ok(())
            }
        }
    }

    fn emit(&mut self, out: &mut VecDeque<Val>) {
        if let Builder::Tree(tree) = &mut self.builder {
            out.extend(tree.take_complete());
        }
    }

    fn value(&mut self, value: Val, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        match &mut self.builder {
            Builder::Tree(tree) => tree.value(value)?,
            Builder::Events(events) => events.value(value, out)?,
        }
        self.emit(out);
        Ok(())
    }

    /// Ends the current word or number, if there is one.
    fn literal(&mut self, out: &mut VecDeque<Val>) -> Result<(), &'static str> {
        if self.token.is_empty() {
            return Ok(());
        }
        let token = std::mem::take(&mut self.token);
        let value = word(&token)?;
        self.value(value, out)
    }

    fn separator(&mut self, out: &mut VecDeque<Val>) -> SyntaxResult {
        let is_cut = match &self.builder {
            Builder::Tree(tree) => {
                let is_open = !tree.is_empty() || !self.token.is_empty();
                !self.last_was_space && (is_open || self.state != TokenState::Normal)
            }
            Builder::Events(events) => !events.is_empty(),
        };
        if is_cut && self.state != TokenState::AwaitingSeparator {
            let nested = match &self.builder {
                Builder::Tree(tree) => tree.is_nested(),
                Builder::Events(_) => true,
            };
            let number = self.state == TokenState::Normal
                && !nested
                && word(&self.token).is_ok_and(|v| matches!(v, Val::Num(_)));
            let text = if number {
                "Potentially truncated top-level numeric value"
            } else {
                "Truncated value"
            };
            return Err(self.placed(text));
        }
        if self.form == ValueForm::Values {
            out.clear();
        } else if self.state != TokenState::AwaitingSeparator {
            self.literal(out).map_err(|text| self.placed(text))?;
        }
        self.reset();
        Ok(())
    }

    /// Drops an incomplete value, but keeps the position.
    pub(super) fn reset(&mut self) {
        self.token.clear();
        self.state = TokenState::Normal;
        self.last_was_space = true;
        match &mut self.builder {
            Builder::Tree(tree) => *tree = Tree::default(),
            Builder::Events(events) => *events = Events::default(),
        }
    }

    /// Processes the end of the input.
    pub(super) fn end(&mut self, out: &mut VecDeque<Val>) -> SyntaxResult {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        if self.state == TokenState::AwaitingSeparator {
            return Err(self.placed_at_end("Unfinished abandoned text"));
        }
        if self.state != TokenState::Normal {
            return Err(self.placed_at_end("Unfinished string"));
        }
        let numeric =
            !self.token.is_empty() && word(&self.token).is_ok_and(|v| matches!(v, Val::Num(_)));
        self.literal(out).map_err(|text| self.placed_at_end(text))?;
        let nested = match &self.builder {
            Builder::Tree(tree) => tree.is_nested(),
            Builder::Events(events) => !events.is_empty(),
        };
        if nested {
            return Err(self.placed_at_end("Unfinished JSON term"));
        }
        let is_whole = self.form == ValueForm::Values;
        if self.is_sequence() && is_whole && !self.last_was_space && numeric {
            out.clear();
            return Err(self.placed_at_end("Potentially truncated top-level numeric value"));
        }
        Ok(())
    }

    /// Resets the reader, and returns the error. With [`ValueForm::EventsAndErrors`], returns an
    /// event for the error instead.
    pub(super) fn take_error(&mut self, text: String) -> Result<Val, String> {
        let path = match &self.builder {
            Builder::Tree(_) => Val::Null,
            Builder::Events(events) => events.path(),
        };
        self.reset();
        if self.form == ValueForm::EventsAndErrors {
            Ok(Val::array(vec![Val::from(text), path]))
        } else {
            Err(text)
        }
    }
}

/// The value that a word or number stands for.
fn word(token: &[u8]) -> Result<Val, &'static str> {
    let known: (&[u8], Val) = match token {
        [b't', ..] => (b"true", Val::Bool(true)),
        [b'f', ..] => (b"false", Val::Bool(false)),
        [b'n', b'u', ..] => (b"null", Val::Null),
        [b'\'', ..] => return Err("Invalid string literal; expected \", but got '"),
        // jq handles a number as a C string, which ends at a NUL.
        token => {
            let text = token.split(|&b| b == 0).next().unwrap_or_default();
            return Num::parse(text)
                .map(Val::Num)
                .ok_or("Invalid numeric literal");
        }
    };
    if token == known.0 {
        Ok(known.1)
    } else {
        Err("Invalid literal")
    }
}
