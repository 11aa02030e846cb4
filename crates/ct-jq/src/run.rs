//! Runs a command line: input, program, output, and jq's exit statuses.

mod host;
mod input;
mod mode;
mod stdout;
mod tally;

use crate::Environment;
use crate::args::settings::{places, style, value_of, variables};
use crate::args::{Args, ArgumentValue, Request, Terminator, help};
use crate::data;
use crate::engine::{Engine, Stop, Work};
use crate::limits;
use crate::syntax::{Arena, SearchFolders};
use crate::value::Val;
use crate::value::read::{Framing, ValueForm, lossy};
use crate::value::write::Style;
use input::chunked_input::ChunkedInput;
use input::{Input, InputMode, InputStep, Inputs};
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::path::Path;
use stdout::{Stdout, WriteFailure};
use tally::{InputResult, Tally, status};

/// A run in progress.
pub(crate) struct Run<'a> {
    pub args: &'a Args,
    pub environment: &'a Environment,
    pub places: &'a SearchFolders,
    pub style: Style,
    pub inputs: RefCell<Inputs>,
    stdout: RefCell<Stdout>,
    tally: Cell<Tally>,
    is_halted: Cell<bool>,
    /// The number of bytes at the start of the next results that must be skipped, because the fast
    /// path has already printed them.
    reprinted: Cell<usize>,
}

/// Runs a command line and returns the exit status.
#[must_use]
pub(crate) fn run(environment: &Environment) -> i32 {
    let mut stdout = Stdout::to((environment.stdout)());
    let mut print = |text: &[u8]| {
        stdout.buffer().extend_from_slice(text);
        stdout.flush();
        let broken = stdout.broken();
        broken.map_or(status::OK, |broken| broken_status(broken, environment))
    };
    if let Some(text) = help::candidates(&environment.words) {
        return print(&text);
    }
    match crate::args::read(environment.words.clone(), readable) {
        Ok(Request::Help) => print(help::long().as_bytes()),
        Ok(Request::Version) => print(b"jq-1.8.2\n"),
        Ok(Request::BuildConfiguration) => {
            print(format!("{}\n", help::build_configuration()).as_bytes())
        }
        Ok(Request::Generate(what)) => match help::generate(&what) {
            Ok(text) => print(&text),
            Err(failure) => {
                environment.complain(&format!("ct-jq: {}", failure.message().unwrap_or_default()));
                status::SYSTEM
            }
        },
        Ok(Request::Run(args)) => run_program(&args, environment, stdout),
        Err(mistake) => {
            environment.complain(&mistake.0);
            status::SYSTEM
        }
    }
}

fn usage(environment: &Environment) -> i32 {
    environment.complain(help::short().trim_end_matches('\n'));
    status::SYSTEM
}

fn readable(_option: &str, _name: &str, given: &ArgumentValue) -> Result<(), String> {
    value_of(given).map(|_| ())
}

fn broken_status(broken: &WriteFailure, environment: &Environment) -> i32 {
    match broken {
        WriteFailure::ReaderLeft => status::READER_LEFT,
        WriteFailure::Failed(reason) => {
            environment.complain(&format!("jq: error: writing output failed: {reason}"));
            status::SYSTEM
        }
    }
}

fn run_program(args: &Args, environment: &Environment, stdout: Stdout) -> i32 {
    let limits = (args.max_memory.as_ref(), args.max_time.as_ref());
    let _watch = match limits::watch(limits.0, limits.1, environment) {
        Ok(watch) => watch,
        Err(reason) => {
            environment.complain(&reason);
            return status::SYSTEM;
        }
    };
    let style = style(args, environment);
    let program = match &args.program {
        Some(program) => program.clone(),
        None if args.is_from_file
            || (environment.stdin_is_terminal && environment.stdout_is_terminal) =>
        {
            return usage(environment);
        }
        None => ".".into(),
    };
    let (text, folder) = if args.is_from_file {
        let path = Path::new(&program);
        match data::read(path) {
            Ok(bytes) if bytes.contains(&0) => {
                environment.complain("jq: program file contains NUL bytes");
                return status::SYSTEM;
            }
            Ok(bytes) => (
                lossy(&bytes).into_owned(),
                path.parent().unwrap_or(Path::new("")),
            ),
            Err(reason) => {
                environment.complain(&format!("jq: {reason}"));
                return status::SYSTEM;
            }
        }
    } else {
        (program.to_string_lossy().into_owned(), Path::new(""))
    };
    let places = places(args, environment, folder);
    let variables = match variables(args) {
        Ok(variables) => variables,
        Err(reason) => {
            environment.complain(&reason);
            return status::SYSTEM;
        }
    };
    let mode = mode::fast_path_use(args, &style);
    let arena = Arena::default();
    let engine = match Engine::load(&arena, &text, variables, &places, mode) {
        Ok(engine) => engine,
        Err(errors) => {
            environment.complain(&errors.to_string());
            return status::COMPILE;
        }
    };
    let form = match (args.stream, args.stream_errors, engine.gathered) {
        (_, true, _) => ValueForm::EventsAndErrors,
        (true, false, Some(depth)) => ValueForm::Gathered(depth),
        (true, false, None) => ValueForm::Events,
        (false, false, _) => ValueForm::Values,
    };
    let framing = if args.seq {
        Framing::Sequence
    } else {
        Framing::Plain
    };
    let mode = InputMode {
        is_raw: args.raw_input,
        is_slurped: args.slurp,
        framing,
        form,
    };
    let results = engine.fast_path.clone();
    let projections = engine.projection.clone();
    let chunks = results
        .map(|fast_path| ChunkedInput::of_results(fast_path, args.threads))
        .or_else(|| projections.map(|reduce| ChunkedInput::of_projections(reduce, args.threads)));
    let run = Run {
        args,
        environment,
        places: &places,
        style,
        inputs: RefCell::new(Inputs::new(
            mode,
            args.files.clone(),
            environment.stdin.clone(),
            chunks,
        )),
        stdout: RefCell::new(stdout),
        tally: Cell::new(Tally::default()),
        is_halted: Cell::new(false),
        reprinted: Cell::new(0),
    };
    if args.explain {
        environment.complain(&engine.explanation());
    }
    run.all(&engine)
}

impl Run<'_> {
    /// Runs the program on every input, and returns the exit status.
    fn all(&self, engine: &Engine) -> i32 {
        if self.args.null_input {
            self.tally
                .set(self.tally.get().after(self.one(engine, Val::Null)));
        } else {
            self.values(engine);
        }
        let mut tally = self.tally.get();
        if self.inputs.borrow().failures() > 0 {
            tally.last = InputResult::Status(status::SYSTEM);
        }
        self.stdout.borrow_mut().flush();
        if let Some(broken) = self.stdout.borrow().broken() {
            return broken_status(broken, self.environment);
        }
        self.status(tally.last, tally.last_output)
    }

    /// Runs the program on each input. After a file that cannot be read, it runs on one more input,
    /// as in jq.
    fn values(&self, engine: &Engine) {
        while let Some(value) = self.next() {
            if self.value(engine, value).is_break() || self.inputs.borrow().failures() > 0 {
                break;
            }
        }
    }

    /// Runs the program on a value, or reports the error in the input. Returns whether to continue.
    fn value(&self, engine: &Engine, value: Result<Val, String>) -> ControlFlow<()> {
        match value {
            Ok(value) => self
                .tally
                .set(self.tally.get().after(self.one(engine, value))),
            Err(reason) if self.args.seq => {
                self.warn(&format!("jq: ignoring parse error: {reason}\n"));
            }
            Err(reason) => {
                self.warn(&format!("jq: parse error: {reason}\n"));
                let ended = InputResult::Status(status::ERROR);
                self.tally.set(self.tally.get().after(ended));
                return ControlFlow::Break(());
            }
        }
        if self.is_halted.get() || self.stdout.borrow().broken().is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn status(&self, last: InputResult, last_output: Option<bool>) -> i32 {
        match (last, self.args.exit_status) {
            (InputResult::Status(status), true) => status.abs(),
            (InputResult::Status(status), false) => status.max(status::OK),
            (_, false) | (InputResult::Output(true), true) => status::OK,
            (InputResult::Output(false), true) => status::FALSE,
            (InputResult::NoOutput, true) => match last_output {
                None => status::NO_OUTPUT,
                Some(true) => status::OK,
                Some(false) => status::FALSE,
            },
        }
    }

    /// Runs the program on one input.
    fn one(&self, engine: &Engine, input: Val) -> InputResult {
        let mut ended = InputResult::NoOutput;
        let mut refused = false;
        let stopped = engine.run(self, (input, Work::UNLIMITED), |value| {
            match self.write(&value) {
                Some(is_true) => ended = InputResult::Output(is_true),
                None => refused = true,
            }
            !refused && self.stdout.borrow().broken().is_none()
        });
        match stopped {
            Ok(()) if refused => {
                let position = self.position();
                self.warn(&format!("jq: error (at {position}): Cannot dump a string containing NUL with --raw-output0 option\n"));
                InputResult::Status(status::ERROR)
            }
            Ok(()) => ended,
            Err(Stop::Exhausted) => unreachable!("the command's work is not limited"),
            Err(Stop::Halt(status)) => {
                self.is_halted.set(true);
                InputResult::Status(status)
            }
            Err(Stop::Error(value)) => {
                let position = self.position();
                let message = match value.as_str() {
                    // jq handles a message as a C string, which ends at a NUL.
                    Some(text) => {
                        let text = text.split('\0').next().unwrap_or_default();
                        format!("jq: error (at {position}): {text}\n")
                    }
                    None => format!(
                        "jq: error (at {position}) (not a string): {}\n",
                        crate::value::write::compact(&value)
                    ),
                };
                self.warn(&message);
                InputResult::Status(status::ERROR)
            }
        }
    }

    /// Writes an output, and returns whether a condition treats it as true; `None` if the output
    /// format cannot represent it.
    fn write(&self, value: &Val) -> Option<bool> {
        let mut stdout = self.stdout.borrow_mut();
        let out = stdout.buffer();
        let before = out.len();
        match value.as_str() {
            Some(text) if self.args.raw_output => {
                if self.args.ascii {
                    let style = Style {
                        ascii: true,
                        ..Style::default()
                    };
                    style.write(value, out);
                } else if self.args.terminator == Terminator::Nul && text.contains('\0') {
                    return None;
                } else {
                    out.extend_from_slice(text.as_bytes());
                }
            }
            _ => {
                if self.args.seq {
                    out.push(0x1e);
                }
                self.style.write(value, out);
            }
        }
        match self.args.terminator {
            Terminator::Newline => out.push(b'\n'),
            Terminator::Nothing => {}
            Terminator::Nul => out.push(0),
        }
        let reprinted = self.reprinted.get().min(out.len() - before);
        out.drain(before..before + reprinted);
        self.reprinted.set(self.reprinted.get() - reprinted);
        if self.args.unbuffered {
            stdout.flush();
        } else {
            stdout.spill();
        }
        Some(value.is_truthy())
    }

    /// The position in the inputs, as error messages show it.
    fn position(&self) -> String {
        self.inputs.borrow_mut().position()
    }

    /// The next input; `None` at the end. Before that, prints the fast path's results for earlier
    /// inputs, and flushes pending output if reading may block.
    pub(crate) fn next(&self) -> Option<Result<Val, String>> {
        let mut inputs = self.inputs.borrow_mut();
        loop {
            match inputs.poll() {
                InputStep::Input(Input { value, printed }) => {
                    if printed > 0 {
                        self.reprinted.set(printed);
                    }
                    return Some(value);
                }
                InputStep::Printed(printed) => {
                    self.stdout.borrow_mut().write(printed.text);
                    if let Some(ended) = printed.ended {
                        let before = self.tally.get().last_output;
                        self.tally.set(Tally {
                            last: ended
                                .last
                                .map_or(InputResult::NoOutput, InputResult::Output),
                            last_output: ended.last_output.or(before),
                        });
                    }
                }
                InputStep::End => return None,
                InputStep::Wait => {
                    self.stdout.borrow_mut().flush();
                    if self.stdout.borrow().broken().is_some() {
                        return None;
                    }
                    inputs.read_on();
                    for complaint in inputs.take_complaints() {
                        self.environment.complain(&complaint);
                    }
                }
            }
        }
    }

    /// Writes text to standard error after flushing pending output.
    pub(crate) fn warn(&self, text: &str) {
        self.stdout.borrow_mut().flush();
        self.environment.warn(text);
    }
}
