//! The machine's memory: three stacks for values, running functions and forks. A fork is a point to
//! which the machine backtracks; it retains a part of each stack.
//!
//! Entries that were pushed before the last fork stay in memory until this fork is removed. They
//! stay even if they are popped, because backtracking restores them. Indices into a stack count
//! from 1; 0 stands for its bottom.

use super::code::Slot;
use super::tracking::Tracking;
use crate::builtins::Outputs;
use crate::value::Val;

struct Cell {
    value: Val,
    below: u32,
}

/// A filter, and the running function in which it is defined.
#[derive(Clone, Copy)]
pub(super) struct Closure {
    pub function: u32,
    pub home: u32,
}

/// A running function.
struct Frame {
    /// The running function in which this function is defined.
    home: u32,
    caller: u32,
    return_to: u32,
    variables: u32,
    arguments: u32,
}

/// The effect of backtracking to a fork.
pub(super) enum Resume<'a> {
    /// Continues at the target of the instruction that forked.
    Fork,
    Alternative,
    Try,
    TryEnd,
    /// Raises a break: an error that leads back to the fork that the running function made at this
    /// instruction.
    Break(u32),
    /// Sets a variable of the running function to null.
    Clear(u16),
    /// Restores the path of an outer path expression.
    Path(Val),
    /// Continues with the next member of a value, after the member with this index.
    Each(Val, u32),
    /// Continues with the next number of a range. The variable contains the next number, and the
    /// value is the end.
    Range(Val, u16),
    /// Continues with the next output of a native filter.
    Outputs(Outputs<'a>),
}

/// A point to backtrack to.
pub(super) struct Fork<'a> {
    pub resume: Resume<'a>,
    /// The instruction that forked.
    pub at: u32,
    top: u32,
    cells: u32,
    frame: u32,
    frames: u32,
    variables: u32,
    arguments: u32,
    path_length: u32,
    parts: u32,
    value_at_path: Val,
}

pub(super) struct Stack<'a> {
    cells: Vec<Cell>,
    top: u32,
    frames: Vec<Frame>,
    frame: u32,
    variables: Vec<Val>,
    arguments: Vec<Closure>,
    forks: Vec<Fork<'a>>,
    /// The number of cells, and the number of frames, that the last fork retains.
    kept_cells: u32,
    kept_frames: u32,
    pub tracking: Tracking,
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).expect("memory is exhausted before 2^32 items")
}

impl<'a> Stack<'a> {
    pub(super) fn new() -> Self {
        Self {
            cells: Vec::new(),
            top: 0,
            frames: Vec::new(),
            frame: 0,
            variables: Vec::new(),
            arguments: Vec::new(),
            forks: Vec::new(),
            kept_cells: 0,
            kept_frames: 0,
            tracking: Tracking {
                path: Val::Null,
                value: Val::Null,
                parts: 0,
            },
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Val) {
        let below = self.top;
        self.cells.push(Cell { value, below });
        self.top = count(&self.cells);
    }

    #[inline]
    pub(super) fn top(&self) -> &Val {
        &self.cells[self.top as usize - 1].value
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Val {
        if self.top > self.kept_cells {
            // Cells that a removed fork retained may still be above the top.
            self.cells.truncate(self.top as usize);
            if let Some(cell) = self.cells.pop() {
                self.top = cell.below;
                return cell.value;
            }
        }
        let cell = &self.cells[self.top as usize - 1];
        self.top = cell.below;
        cell.value.clone()
    }

    /// Pops a value like [`Self::pop`]; a fork that retains the value then retains null.
    pub(super) fn pop_whole(&mut self) -> Val {
        if self.top > self.kept_cells {
            return self.pop();
        }
        let cell = &mut self.cells[self.top as usize - 1];
        self.top = cell.below;
        std::mem::replace(&mut cell.value, Val::Null)
    }

    /// Replaces the top of the stack with `value`.
    #[inline]
    pub(super) fn replace(&mut self, value: Val) {
        let cell = &mut self.cells[self.top as usize - 1];
        if self.top > self.kept_cells {
            cell.value = value;
        } else {
            let below = cell.below;
            self.cells.push(Cell { value, below });
            self.top = count(&self.cells);
        }
    }

    /// Duplicates the top of the stack. If a fork retains the top, two new cells are pushed, so
    /// that the fork keeps its cell.
    #[inline]
    pub(super) fn dup(&mut self) {
        let value = self.top().clone();
        if self.top <= self.kept_cells {
            self.top = self.cells[self.top as usize - 1].below;
            self.push(value.clone());
        }
        self.push(value);
    }

    /// Pushes `value` under the top of the stack.
    #[inline]
    pub(super) fn push_under(&mut self, value: Val) {
        if self.top > self.kept_cells {
            let top = &mut self.cells[self.top as usize - 1].value;
            let above = std::mem::replace(top, value);
            self.push(above);
        } else {
            let above = self.pop();
            self.push(value);
            self.push(above);
        }
    }

    #[inline]
    pub(super) fn swap(&mut self) {
        let top = self.top as usize - 1;
        let below = self.cells[top].below;
        if below > self.kept_cells {
            let (before, after) = self.cells.split_at_mut(top);
            std::mem::swap(&mut before[below as usize - 1].value, &mut after[0].value);
            return;
        }
        let above = self.pop();
        let below = self.pop();
        self.push(above);
        self.push(below);
    }

    #[inline]
    fn out(&self, level: u16) -> u32 {
        let mut frame = self.frame;
        for _ in 0..level {
            frame = self.frames[frame as usize - 1].home;
        }
        frame
    }

    #[inline]
    fn place(&self, slot: Slot) -> usize {
        let frame = &self.frames[self.out(slot.level) as usize - 1];
        frame.variables as usize + usize::from(slot.index)
    }

    #[inline]
    pub(super) fn variable(&self, slot: Slot) -> &Val {
        &self.variables[self.place(slot)]
    }

    /// The variable `index` of the running function.
    #[inline]
    pub(super) fn own(&mut self, index: u16) -> &mut Val {
        let at = self.place(Slot { level: 0, index });
        &mut self.variables[at]
    }

    /// The running function that is `level` levels outside the current function.
    pub(super) fn home(&self, level: u16) -> u32 {
        self.out(level)
    }

    pub(super) fn argument(&self, level: u16, index: u16) -> Closure {
        let frame = &self.frames[self.out(level) as usize - 1];
        self.arguments[frame.arguments as usize + usize::from(index)]
    }

    /// The number of functions that are running or that a fork retains.
    pub(super) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// Starts a function that the running function calls.
    pub(super) fn enter(
        &mut self,
        home: u32,
        return_to: u32,
        variables: u32,
        arguments: &[Closure],
    ) {
        self.frames.push(Frame {
            home,
            caller: self.frame,
            return_to,
            variables: count(&self.variables),
            arguments: count(&self.arguments),
        });
        self.frame = count(&self.frames);
        self.arguments.extend_from_slice(arguments);
        let all = self.variables.len() + variables as usize;
        self.variables.resize(all, Val::Null);
    }

    /// Ends the running function, and returns the address at which its caller continues.
    pub(super) fn leave(&mut self) -> u32 {
        let frame = &self.frames[self.frame as usize - 1];
        let return_to = frame.return_to;
        let caller = frame.caller;
        if self.frame > self.kept_frames {
            self.variables.truncate(frame.variables as usize);
            self.arguments.truncate(frame.arguments as usize);
            self.frames.truncate(self.frame as usize - 1);
        }
        self.frame = caller;
        return_to
    }

    /// Adds a fork; backtracking to it restores the current stacks.
    pub(super) fn fork(&mut self, at: u32, resume: Resume<'a>) {
        let cells = count(&self.cells);
        let frames = count(&self.frames);
        let is_tracked = matches!(self.tracking.path, Val::Arr(_));
        self.forks.push(Fork {
            resume,
            at,
            top: self.top,
            cells,
            frame: self.frame,
            frames,
            variables: count(&self.variables),
            arguments: count(&self.arguments),
            path_length: self.tracking.length(),
            parts: self.tracking.parts,
            value_at_path: if is_tracked {
                self.tracking.value.clone()
            } else {
                Val::Null
            },
        });
        self.kept_cells = cells;
        self.kept_frames = frames;
    }

    /// Restores the stacks as they were when the last fork was added, and returns the fork.
    pub(super) fn restore(&mut self) -> Option<&mut Fork<'a>> {
        let fork = self.forks.last_mut()?;
        self.cells.truncate(fork.cells as usize);
        self.frames.truncate(fork.frames as usize);
        self.variables.truncate(fork.variables as usize);
        self.arguments.truncate(fork.arguments as usize);
        self.top = fork.top;
        self.frame = fork.frame;
        self.tracking.shorten(fork.path_length);
        self.tracking.parts = fork.parts;
        if matches!(self.tracking.path, Val::Arr(_)) {
            self.tracking.value = fork.value_at_path.clone();
        }
        Some(fork)
    }

    /// Removes the last fork, and releases the entries that it retained.
    pub(super) fn drop_fork(&mut self) -> Option<Fork<'a>> {
        let fork = self.forks.pop();
        self.keep_last();
        fork
    }

    fn keep_last(&mut self) {
        (self.kept_cells, self.kept_frames) = self
            .forks
            .last()
            .map_or((0, 0), |fork| (fork.cells, fork.frames));
    }

    /// The index of the running function's frame.
    pub(super) fn frame(&self) -> u32 {
        self.frame
    }

    /// Whether backtracking to the last fork raises a break.
    pub(super) fn will_break(&self) -> bool {
        let last = self.forks.last();
        last.is_some_and(|fork| matches!(fork.resume, Resume::Break(_)))
    }

    /// Removes the fork that the running function made at `at`, and all later forks. If one of the
    /// later forks handles errors, removes no fork, and adds a fork that raises a break.
    pub(super) fn cut(&mut self, at: u32) {
        let is_later = |fork: &&Fork<'_>| fork.at != at || fork.frame != self.frame;
        let mut later = self.forks.iter().rev().take_while(is_later);
        if later.any(|fork| matches!(fork.resume, Resume::Alternative)) {
            self.fork(at, Resume::Break(at));
            return;
        }
        while let Some(fork) = self.forks.pop() {
            if fork.at == at && fork.frame == self.frame {
                break;
            }
        }
        self.keep_last();
        self.cells.truncate(self.top.max(self.kept_cells) as usize);
        let frames = self.frame.max(self.kept_frames) as usize;
        if let Some(first) = self.frames.get(frames) {
            self.variables.truncate(first.variables as usize);
            self.arguments.truncate(first.arguments as usize);
            self.frames.truncate(frames);
        }
    }
}
