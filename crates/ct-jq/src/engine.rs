//! The engine, which runs all of jq's language: a compiled program, and the machine that runs it.

mod code;
mod compile;
mod gathered;
mod machine;
mod scope;
mod stack;
mod tracking;
mod work;

pub(crate) use machine::Stop;
pub(crate) use work::Work;

use crate::builtins::{self, Regexes, Session};
use crate::fastpath::{self, FastPath};
use crate::syntax::{Arena, Builtins, Data, Errors, Program, SearchFolders, data_name};
use crate::value::Val;
use crate::value::read::Texts;
use code::Code;
use compile::{Compiler, FORMS};
use machine::Machine;
use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;

/// A program that can be run on any number of values.
///
/// A program with a fast path is compiled to code only when the first value needs the engine.
pub(crate) struct Engine<'p> {
    code: OnceCell<Code>,
    /// The program and its variables; `None` after [`Engine::into_owned`], which keeps only the
    /// compiled code.
    source: Option<ProgramWithVariables<'p>>,
    /// The fast path for the whole program, if the program has one.
    pub(crate) fast_path: Option<Arc<FastPath>>,
    /// The fast path that reduces each input to the paths that the program can observe.
    pub(crate) projection: Option<Arc<FastPath>>,
    /// If the program only reassembles the events of `--stream`: the depth in the input at which
    /// the reassembled values begin. The inputs of the program are then these values in place of
    /// the events.
    pub(crate) gathered: Option<usize>,
    /// The first part of the program that the fast path does not support.
    refused: Option<String>,
    regexes: Regexes,
    texts: RefCell<Texts>,
    /// The number of labels that runs have created so far. It is also the number of the next label.
    labels: Cell<u32>,
}

/// The part of a run that the fast path may take over.
#[derive(Clone)]
pub(crate) enum FastPathUse {
    /// Nothing: the engine does everything.
    None,
    /// Nothing: the engine does everything. The program also has no host: the builtins in
    /// [`HOSTED`] are not defined.
    NoneWithoutHost,
    /// The whole program, on each value or event.
    Whole(fastpath::Style, fastpath::Unit),
    /// Reading the inputs: the engine gets only the parts of each input that the program can
    /// observe.
    Projection(fastpath::Inputs),
    /// Reading the values that the program would reassemble from the events of `--stream`. No
    /// events are built.
    Gathered,
}

struct ProgramWithVariables<'p> {
    program: Program<'p>,
    variables: Vec<(String, Val)>,
}

impl ProgramWithVariables<'_> {
    fn compile(&self) -> Result<Code, String> {
        let Self { program, variables } = self;
        Compiler::new(builtins::natives(), &program.defs, variables).program(&program.main)
    }
}

/// The builtins that depend on the host of a program. A program without a host does not have them.
const HOSTED: [&str; 6] = [
    "env",
    "input",
    "input_filename",
    "input_line_number",
    "inputs",
    "now",
];

struct Names {
    natives: Vec<(&'static str, usize)>,
}

impl Builtins for Names {
    fn definition(&self, name: &str, arity: usize) -> Option<&'static str> {
        builtins::definition(name, arity)
    }

    fn is_native(&self, name: &str, arity: usize) -> bool {
        let mut known = self.natives.iter().chain(FORMS);
        known.any(|(known, n)| *known == name && *n == arity)
    }

    fn is_c_function(&self, name: &str, arity: usize) -> bool {
        self.natives.contains(&(name, arity)) || matches!(name, "getpath" | "halt_error")
    }
}

impl<'p> Engine<'p> {
    /// Loads a program with its global variables, whose names begin with `$`; `arena` stores its
    /// terms.
    ///
    /// The result includes the fast path that `mode` requests, if the program has it.
    ///
    /// # Errors
    /// Returns jq's messages for a program that does not compile.
    pub(crate) fn load(
        arena: &'p Arena,
        text: &'p str,
        variables: Vec<(String, Val)>,
        places: &SearchFolders,
        mode: FastPathUse,
    ) -> Result<Self, Errors> {
        let names = Names {
            natives: builtins::natives()
                .filter(|native| {
                    !matches!(mode, FastPathUse::NoneWithoutHost) || !HOSTED.contains(&native.name)
                })
                .map(|native| (native.name, native.run.arity()))
                .collect(),
        };
        let known: Vec<&str> = variables
            .iter()
            .map(|(name, _)| &**arena.alloc(name.clone()))
            .collect();
        let mut program = Program::load(arena, text, &known, (places, &names))?;

        let (mut fast_path, mut projection, mut refused) = (None, None, None);
        let mut gathered = None;
        match mode {
            FastPathUse::None | FastPathUse::NoneWithoutHost => {}
            FastPathUse::Whole(style, unit) => {
                let given = |(name, value): &(String, Val)| {
                    (
                        name.clone(),
                        crate::value::write::compact(value).into_bytes(),
                    )
                };
                let given: Vec<_> = variables.iter().map(given).collect();
                match FastPath::compile(&program.main, &given, style, unit) {
                    Ok(compiled) => fast_path = Some(Arc::new(compiled)),
                    Err(part) => {
                        refused = Some(part).filter(|part| !part.is_empty());
                        if unit == fastpath::Unit::Value {
                            let inputs = fastpath::Inputs::Each;
                            projection = FastPath::projection(&program.main, inputs).map(Arc::new);
                        }
                    }
                }
            }
            FastPathUse::Projection(inputs) => {
                projection = FastPath::projection(&program.main, inputs).map(Arc::new);
            }
            FastPathUse::Gathered => gathered = gathered::take_depth(&mut program),
        }
        let mut variables = variables;
        for (index, Data { path, is_raw }) in program.data.iter().enumerate() {
            let read = if *is_raw {
                crate::data::text
            } else {
                crate::data::slurp
            };
            let data = read(path).map_err(|reason| {
                let message = format!("jq: error loading data file {}: {reason}\n", path.display());
                Errors {
                    messages: vec![message],
                    counted: Some(1),
                }
            });
            variables.push((data_name(index), data?));
        }
        let engine = Self {
            code: OnceCell::new(),
            source: Some(ProgramWithVariables { program, variables }),
            fast_path,
            projection,
            gathered,
            refused,
            regexes: Regexes::default(),
            texts: RefCell::default(),
            labels: Cell::new(0),
        };
        if engine.fast_path.is_none() {
            engine
                .code()
                .map_err(|message| Errors::one(format!("jq: error: {message}")))?;
        }
        Ok(engine)
    }

    /// Converts the engine to one that does not borrow the program's terms.
    ///
    /// # Errors
    /// Fails like [`Self::load`].
    pub(crate) fn into_owned(self) -> Result<Engine<'static>, Errors> {
        self.code()
            .map_err(|message| Errors::one(format!("jq: error: {message}")))?;
        Ok(Engine {
            code: self.code,
            source: None,
            fast_path: self.fast_path,
            projection: self.projection,
            gathered: self.gathered,
            refused: self.refused,
            regexes: self.regexes,
            texts: self.texts,
            labels: self.labels,
        })
    }

    /// The program's code, which is compiled on first use.
    ///
    /// # Errors
    /// Returns a message if the compiler does not know a name that the resolver has accepted. This
    /// would be a bug.
    fn code(&self) -> Result<&Code, String> {
        if let (None, Some(source)) = (self.code.get(), &self.source) {
            let code = source.compile().map_err(|name| {
                format!("internal: {name} cannot be compiled: please report the program")
            })?;
            return Ok(self.code.get_or_init(|| code));
        }
        self.code
            .get()
            .ok_or_else(|| "internal: the program is missing: please report it".to_owned())
    }

    /// The text for `--explain`: which part of the program runs on the fast path, and which on the
    /// engine.
    pub(crate) fn explanation(&self) -> String {
        if self.fast_path.is_some() {
            return "ct-jq: the filter runs on the fast path; inputs with unusual JSON or errors run on the engine"
                .to_owned();
        }
        let projection = self.projection.as_ref();
        let steps = projection.and_then(|fast_path| fast_path.explanation());
        let steps = steps.map(|steps| format!("the fast path {steps}; "));
        let gathered = self
            .gathered
            .map(|depth| format!("values at depth {depth} are read without their events; "));
        let refused = self.refused.as_ref();
        let reason = refused.map(|part| format!(", because the fast path does not support {part}"));
        format!(
            "ct-jq: {}{}the filter runs on the engine{}",
            steps.unwrap_or_default(),
            gathered.unwrap_or_default(),
            reason.unwrap_or_default()
        )
    }

    /// Runs the program on `input`, and passes each output to `each` until `each` returns false.
    /// The limit `work` may end the run earlier.
    ///
    /// # Errors
    /// Returns the error, halt or limit that ended the run.
    pub(crate) fn run(
        &self,
        host: &dyn builtins::Host,
        (input, work): (Val, Work),
        mut each: impl FnMut(Val) -> bool,
    ) -> Result<(), Stop> {
        let session = Session {
            host,
            regexes: &self.regexes,
            texts: &self.texts,
        };
        let code = self
            .code()
            .map_err(|message| Stop::Error(Val::from(message)))?;
        let mut machine = Machine::new(code, session, &self.labels, (input, work));
        while let Some(output) = machine.next() {
            if !each(output?) {
                break;
            }
        }
        Ok(())
    }
}
