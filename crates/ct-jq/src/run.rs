//! Runs a command line: input, program, output, and jq's exit statuses.

mod planned;

use crate::args::{Args, Given, Request, Terminator};
use crate::builtins::Host;
use crate::data;
use crate::engine::{Engine, Stop};
use crate::input::{Inputs, Mode, Next};
use crate::output::{Style, colors::Colors};
use crate::stdout::{Broken, Stdout};
use crate::syntax::Places;
use crate::value::Val;
use crate::value::read::{Framing, Shape, lossy};
use crate::value::text::Text;
use crate::{STACK_BYTES, Surroundings, help};
use std::cell::{Cell, RefCell};
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

/// What filters that call themselves leave for everything else.
const STACK_RESERVE: usize = STACK_BYTES / 4;

/// jq's exit statuses.
mod status {
    pub(super) const OK: i32 = 0;
    /// With `--exit-status`, when the last output was `null` or `false`.
    pub(super) const FALSE: i32 = 1;
    pub(super) const SYSTEM: i32 = 2;
    pub(super) const COMPILE: i32 = 3;
    /// With `--exit-status`, when there was no output.
    pub(super) const NO_OUTPUT: i32 = 4;
    pub(super) const ERROR: i32 = 5;
    pub(super) const READER_LEFT: i32 = 141;
}

/// How the run of one input ended.
#[derive(Clone, Copy, PartialEq)]
enum Ended {
    NoOutput,
    /// The last output, and whether it was neither `null` nor `false`.
    Output(bool),
    Status(i32),
}

/// What the exit status depends on.
struct Tally {
    /// How the run of the last input ended.
    last: Ended,
    /// Whether the last output of all was neither `null` nor `false`.
    last_output: Option<bool>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            last: Ended::NoOutput,
            last_output: None,
        }
    }
}

impl Tally {
    fn add(&mut self, ended: Ended) {
        self.last = ended;
        if let Ended::Output(is_true) = ended {
            self.last_output = Some(is_true);
        }
    }
}

/// A run in progress.
struct Run<'a> {
    args: &'a Args,
    surroundings: &'a Surroundings,
    places: &'a Places,
    style: Style,
    inputs: RefCell<Inputs>,
    stdout: RefCell<Stdout>,
    is_halted: Cell<bool>,
    /// Bytes of results to come that have been printed before.
    reprinted: Cell<usize>,
    /// An address near the stack's beginning.
    stack_base: usize,
}

/// Does what the command line asks and returns the exit status.
#[must_use]
pub(crate) fn run(surroundings: &Surroundings) -> i32 {
    let mut stdout = Stdout::process();
    let mut print = |text: String| {
        stdout.buffer().extend_from_slice(text.as_bytes());
        stdout.flush();
        stdout.broken().map_or(status::OK, broken_status)
    };
    match crate::args::read(surroundings.words.clone(), readable) {
        Ok(Request::Help) => print(help::long()),
        Ok(Request::Version) => print("jq-1.8.2\n".to_owned()),
        Ok(Request::BuildConfiguration) => print(format!("{}\n", help::build_configuration())),
        Ok(Request::Usage) => usage(),
        Ok(Request::Run(args)) => run_program(&args, surroundings, stdout),
        Err(mistake) => {
            complain(&mistake.0);
            status::SYSTEM
        }
    }
}

fn usage() -> i32 {
    complain(help::short().trim_end_matches('\n'));
    status::SYSTEM
}

/// One message on standard error. There is nowhere left to say that it cannot be written.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

fn readable(_option: &str, _name: &str, given: &Given) -> Result<(), String> {
    value_of(given).map(|_| ())
}

fn value_of(given: &Given) -> Result<Val, String> {
    match given {
        Given::Plain(text) => Ok(Val::string(text)),
        Given::Json(text) => crate::value::read::parse(text.as_bytes()),
        Given::RawFile(path) => data::text(Path::new(path)),
        Given::SlurpFile(path) => data::slurp(Path::new(path)),
    }
}

fn broken_status(broken: &Broken) -> i32 {
    match broken {
        Broken::ReaderLeft => status::READER_LEFT,
        Broken::Failed(reason) => {
            complain(&format!("jq: error: writing output failed: {reason}"));
            status::SYSTEM
        }
    }
}

fn run_program(args: &Args, surroundings: &Surroundings, stdout: Stdout) -> i32 {
    let style = style(args, surroundings);
    let program = match &args.program {
        Some(program) => program.clone(),
        None if args.is_from_file
            || (surroundings.stdin_is_terminal && surroundings.stdout_is_terminal) =>
        {
            return usage();
        }
        None => ".".into(),
    };
    let (text, folder) = if args.is_from_file {
        let path = Path::new(&program);
        match data::read(path) {
            Ok(bytes) if bytes.contains(&0) => {
                complain("jq: program file contains NUL bytes");
                return status::SYSTEM;
            }
            Ok(bytes) => (
                lossy(&bytes).into_owned(),
                path.parent().unwrap_or(Path::new("")),
            ),
            Err(reason) => {
                complain(&format!("jq: {reason}"));
                return status::SYSTEM;
            }
        }
    } else {
        (program.to_string_lossy().into_owned(), Path::new(""))
    };
    let places = places(args, surroundings, folder);
    let variables = match variables(args) {
        Ok(variables) => variables,
        Err(reason) => {
            complain(&reason);
            return status::SYSTEM;
        }
    };
    let engine = match Engine::compile(&text, variables, &places, planned::plan_style(args, &style))
    {
        Ok(engine) => engine,
        Err(errors) => {
            complain(&errors.to_string());
            return status::COMPILE;
        }
    };
    let shape = match (args.stream, args.stream_errors) {
        (_, true) => Shape::EventsAndErrors,
        (true, false) => Shape::Events,
        (false, false) => Shape::Values,
    };
    let framing = if args.seq {
        Framing::Sequence
    } else {
        Framing::Plain
    };
    let mode = Mode {
        is_raw: args.raw_input,
        is_slurped: args.slurp,
        framing,
        shape,
    };
    let base = 0_u8;
    let run = Run {
        args,
        surroundings,
        places: &places,
        style,
        inputs: RefCell::new(Inputs::new(mode, args.files.clone())),
        stdout: RefCell::new(stdout),
        is_halted: Cell::new(false),
        reprinted: Cell::new(0),
        stack_base: &raw const base as usize,
    };
    if args.explain {
        complain(match &engine.plan {
            Some(_) => "jq: the filter runs on the bytes of each input, the engine where it has to",
            None => "jq: the filter runs on the engine",
        });
    }
    run.all(&engine)
}

fn style(args: &Args, surroundings: &Surroundings) -> Style {
    let variable = |name: &str| {
        surroundings
            .variable(name)
            .filter(|value| !value.is_empty())
    };
    let is_colored = args
        .color
        .unwrap_or(surroundings.stdout_is_terminal && variable("NO_COLOR").is_none());
    let mut colors = Colors::default();
    if let Some(text) = surroundings.variable("JQ_COLORS") {
        match Colors::parse(&text) {
            Some(chosen) => colors = chosen,
            None => complain("Failed to set $JQ_COLORS"),
        }
    }
    Style {
        indent: args.indent,
        sort_keys: args.sort_keys,
        ascii: args.ascii,
        colors: is_colored.then_some(colors),
    }
}

fn places(args: &Args, surroundings: &Surroundings, folder: &Path) -> Places {
    let absolute = |path: &Path| {
        path.canonicalize()
            .unwrap_or_else(|_| path.to_owned())
            .to_string_lossy()
            .into_owned()
    };
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let library = match &args.library {
        Some(folders) => folders
            .iter()
            .map(|folder| absolute(Path::new(folder)))
            .collect(),
        None if args.sandbox => Vec::new(),
        None => ["~/.jq", "$ORIGIN/../lib/jq", "$ORIGIN/../lib"]
            .map(str::to_owned)
            .into(),
    };
    Places {
        library,
        origin: surroundings.origin.clone(),
        program: absolute(here),
        home: surroundings.variable("HOME"),
        is_sandbox: args.sandbox,
    }
}

fn object(members: impl IntoIterator<Item = (Text, Val)>) -> Val {
    Val::object(members.into_iter().collect())
}

/// `$ARGS`, `$__prog_args` and all that `--arg` and the like name.
fn variables(args: &Args) -> Result<Vec<(String, Val)>, String> {
    let mut variables = Vec::new();
    for (name, given) in &args.named {
        variables.push((format!("${name}"), value_of(given)?));
    }
    let named = variables
        .iter()
        .map(|(name, value)| (Text::from(&name[1..]), value.clone()));
    let named = object(named);
    let positional = args
        .positional
        .iter()
        .map(value_of)
        .collect::<Result<Vec<_>, _>>()?;
    let all = [
        (Text::from("positional"), Val::array(positional)),
        (Text::from("named"), named),
    ];
    variables.retain(|(name, _)| name != "$ARGS");
    variables.push(("$ARGS".to_owned(), object(all)));
    if !variables
        .iter()
        .any(|(name, _)| name == "$JQ_BUILD_CONFIGURATION")
    {
        variables.push((
            "$JQ_BUILD_CONFIGURATION".to_owned(),
            Val::string(&help::build_configuration()),
        ));
    }
    Ok(variables)
}

impl Run<'_> {
    /// Runs the program on every input, and returns the exit status.
    fn all(&self, engine: &Engine) -> i32 {
        let mut tally = Tally::default();
        if self.args.null_input {
            tally.add(self.one(engine, Val::Null));
        } else if self.planned(engine, &mut tally).is_continue() {
            self.values(engine, &mut tally);
        }
        if self.inputs.borrow().failures > 0 {
            tally.last = Ended::Status(status::SYSTEM);
        }
        self.stdout.borrow_mut().flush();
        if let Some(broken) = self.stdout.borrow().broken() {
            return broken_status(broken);
        }
        self.status(tally.last, tally.last_output)
    }

    /// Runs the program on one value after the other; after a file that cannot be read, on one more.
    fn values(&self, engine: &Engine, tally: &mut Tally) {
        while let Some(value) = self.next() {
            if self.value(engine, value, tally).is_break() || self.inputs.borrow().failures > 0 {
                break;
            }
        }
    }

    /// Runs the program on a value, or tells why there is none; says whether to go on.
    fn value(
        &self,
        engine: &Engine,
        value: Result<Val, String>,
        tally: &mut Tally,
    ) -> ControlFlow<()> {
        match value {
            Ok(value) => tally.add(self.one(engine, value)),
            Err(reason) if self.args.seq => {
                self.warn(&format!("jq: ignoring parse error: {reason}\n"));
            }
            Err(reason) => {
                self.warn(&format!("jq: parse error: {reason}\n"));
                tally.last = Ended::Status(status::ERROR);
                return ControlFlow::Break(());
            }
        }
        if self.is_halted.get() || self.stdout.borrow().broken().is_some() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn status(&self, last: Ended, last_output: Option<bool>) -> i32 {
        match (last, self.args.exit_status) {
            (Ended::Status(status), true) => status.abs(),
            (Ended::Status(status), false) => status.max(status::OK),
            (_, false) | (Ended::Output(true), true) => status::OK,
            (Ended::Output(false), true) => status::FALSE,
            (Ended::NoOutput, true) => match last_output {
                None => status::NO_OUTPUT,
                Some(true) => status::OK,
                Some(false) => status::FALSE,
            },
        }
    }

    /// Runs the program on one input.
    fn one(&self, engine: &Engine, input: Val) -> Ended {
        let mut ended = Ended::NoOutput;
        let mut refused = false;
        let stopped = engine.run(self, input, |value| {
            match self.write(&value) {
                Some(is_true) => ended = Ended::Output(is_true),
                None => refused = true,
            }
            !refused && self.stdout.borrow().broken().is_none()
        });
        match stopped {
            Ok(()) if refused => {
                let position = self.inputs.borrow_mut().position();
                self.warn(&format!("jq: error (at {position}): Cannot dump a string containing NUL with --raw-output0 option\n"));
                Ended::Status(status::ERROR)
            }
            Ok(()) => ended,
            Err(Stop::Halt(status)) => {
                self.is_halted.set(true);
                Ended::Status(status)
            }
            Err(Stop::Error(value)) => {
                let position = self.inputs.borrow_mut().position();
                let message = match value.as_str() {
                    Some(text) => format!("jq: error (at {position}): {text}\n"),
                    None => format!(
                        "jq: error (at {position}) (not a string): {}\n",
                        crate::output::compact(&value)
                    ),
                };
                self.warn(&message);
                Ended::Status(status::ERROR)
            }
        }
    }

    /// Writes an output and says whether it is neither `null` nor `false`; `None` if it cannot be written this way.
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

    /// The next input; what there is to print is printed before waiting for it.
    fn next(&self) -> Option<Result<Val, String>> {
        loop {
            let next = self.inputs.borrow_mut().poll();
            match next {
                Next::Value(value) => return Some(value),
                Next::End => return None,
                Next::Wait => {
                    self.stdout.borrow_mut().flush();
                    if self.stdout.borrow().broken().is_some() {
                        return None;
                    }
                    let mut inputs = self.inputs.borrow_mut();
                    inputs.read_on();
                    for complaint in std::mem::take(&mut inputs.complaints) {
                        complain(&complaint);
                    }
                }
            }
        }
    }

    /// Text on standard error, after what is to be printed before it.
    fn warn(&self, text: &str) {
        self.stdout.borrow_mut().flush();
        // There is nowhere left to say that standard error cannot be written.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

impl Host for Run<'_> {
    fn next_input(&self) -> Option<Result<Val, String>> {
        self.next()
    }

    fn input_filename(&self) -> Val {
        self.inputs
            .borrow()
            .file_name()
            .map_or(Val::Null, Val::string)
    }

    fn input_line_number(&self) -> usize {
        self.inputs.borrow_mut().line_number()
    }

    fn debug(&self, value: &Val) {
        let style = Style {
            indent: crate::output::Indent::Compact,
            ..self.style.clone()
        };
        let mut out = Vec::new();
        style.write(
            &Val::array(vec![Val::string("DEBUG:"), value.clone()]),
            &mut out,
        );
        out.push(b'\n');
        self.warn(&lossy(&out));
    }

    fn stderr(&self, value: &Val) {
        match value.as_str() {
            Some(text) => self.warn(text),
            None => self.warn(&crate::output::compact(value)),
        }
    }

    fn halt_error(&self, value: Val, _status: i32) {
        match value.as_str() {
            Some(text) => self.warn(text),
            None if matches!(value.as_bare(), Val::Null) => {}
            None => self.warn(&format!("{}\n", crate::output::compact(&value))),
        }
    }

    fn is_deep(&self) -> bool {
        let here = 0_u8;
        self.stack_base.abs_diff(&raw const here as usize) > STACK_BYTES - STACK_RESERVE
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::system()
    }

    fn env(&self) -> Val {
        if self.args.sandbox {
            return object([]);
        }
        let pairs = self.surroundings.environment.iter();
        object(pairs.map(|(name, value)| (Text::from(name.as_str()), Val::string(value))))
    }

    fn now(&self) -> f64 {
        (self.surroundings.now)()
    }

    fn search_list(&self) -> Val {
        match &self.args.library {
            Some(_) => Val::array(
                self.places
                    .library
                    .iter()
                    .map(|folder| Val::string(folder))
                    .collect(),
            ),
            None => Val::array(
                self.places
                    .library
                    .iter()
                    .map(|folder| Val::string(folder))
                    .collect(),
            ),
        }
    }

    fn jq_origin(&self) -> Val {
        Val::string(&self.places.origin)
    }

    fn prog_origin(&self) -> Val {
        Val::string(&self.places.program)
    }

    fn modulemeta(&self, name: &str) -> Result<Val, String> {
        crate::syntax::module_meta(self.places, name)
            .map(|meta| crate::value::read::parse(meta.as_bytes()))?
    }
}
