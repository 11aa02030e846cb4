//! The state that determines a run's exit status.

/// jq's exit statuses.
pub(super) mod status {
    pub(in crate::run) const OK: i32 = 0;
    /// The exit status with `--exit-status` if the last output was `null` or `false`.
    pub(in crate::run) const FALSE: i32 = 1;
    pub(in crate::run) const SYSTEM: i32 = 2;
    pub(in crate::run) const COMPILE: i32 = 3;
    /// The exit status with `--exit-status` if there was no output.
    pub(in crate::run) const NO_OUTPUT: i32 = 4;
    pub(in crate::run) const ERROR: i32 = 5;
    pub(in crate::run) const READER_LEFT: i32 = 141;
}

/// How the run of one input ended.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum InputResult {
    NoOutput,
    /// The run had outputs. The flag tells whether the last was neither `null` nor `false`.
    Output(bool),
    Status(i32),
}

/// The state that determines the exit status of a run.
#[derive(Clone, Copy)]
pub(super) struct Tally {
    /// How the run of the last input ended.
    pub(super) last: InputResult,
    /// Whether the last output for all inputs was neither `null` nor `false`; `None` if there was
    /// no output.
    pub(super) last_output: Option<bool>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            last: InputResult::NoOutput,
            last_output: None,
        }
    }
}

impl Tally {
    /// The state after the run of one more input, which ended as `ended` says.
    pub(super) fn after(self, ended: InputResult) -> Self {
        let last_output = match ended {
            InputResult::Output(is_true) => Some(is_true),
            _ => self.last_output,
        };
        Self {
            last: ended,
            last_output,
        }
    }
}
