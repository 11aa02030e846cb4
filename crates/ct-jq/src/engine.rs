//! A compiled program, and the machine that runs it.

mod code;
mod compile;
mod gathered;
mod machine;
mod scope;
mod stack;
mod tracking;

pub(crate) use machine::Stop;

use crate::builtins::{self, Regexes, Session};
use crate::fastpath::{self, FastPath};
use crate::syntax::{Arena, Builtins, Data, Errors, Places, Program, data_name};
use crate::value::Val;
use code::Code;
use compile::{Compiler, FORMS};
use machine::Machine;
use std::cell::Cell;
use std::sync::Arc;

/// A program that can be run on any number of values.
pub(crate) struct Engine {
    code: Code,
    /// What prints the results of an input in the engine's place.
    pub(crate) fast_path: Option<Arc<FastPath>>,
    /// What cuts inputs down to what the program can observe.
    pub(crate) projection: Option<Arc<FastPath>>,
    /// How many levels down the values begin that the program gets for its inputs, in place of events.
    pub(crate) gathered: Option<usize>,
    /// The part of the program that keeps it from running on bytes.
    refused: Option<String>,
    regexes: Regexes,
    /// How many labels there have been.
    labels: Cell<u32>,
}

/// What may run in place of the engine.
#[derive(Clone)]
pub(crate) enum Mode {
    /// Nothing.
    Engine,
    /// The whole program, on one value or event after the other.
    Whole(fastpath::Style, fastpath::Unit),
    /// The reading of the inputs.
    Projection(fastpath::Inputs),
    /// The making of events that are put together again.
    Gathered,
}

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

impl Engine {
    /// Compiles a program with its global variables, whose names begin with `$`.
    ///
    /// It gets the fast path asked for as well, where there is one.
    ///
    /// # Errors
    /// jq's messages for a program that does not compile.
    pub(crate) fn compile(
        text: &str,
        variables: Vec<(String, Val)>,
        places: &Places,
        mode: Mode,
    ) -> Result<Self, Errors> {
        let names = Names {
            natives: builtins::natives()
                .map(|native| (native.name, native.run.arity()))
                .collect(),
        };
        let arena = Arena::default();
        let known: Vec<&str> = variables
            .iter()
            .map(|(name, _)| &**arena.alloc(name.clone()))
            .collect();
        let mut program = Program::load(&arena, text, &known, (places, &names))?;

        let (mut fast_path, mut projection, mut refused) = (None, None, None);
        let mut gathered = None;
        match mode {
            Mode::Engine => {}
            Mode::Whole(style, unit) => {
                let given = |(name, value): &(String, Val)| {
                    (
                        name.clone(),
                        crate::value::write::compact(value).into_bytes(),
                    )
                };
                let given: Vec<_> = variables.iter().map(given).collect();
                match FastPath::compile(&program.main, &given, style, unit) {
                    Ok(compiled) => fast_path = Some(Arc::new(compiled)),
                    Err(part) => refused = Some(part).filter(|part| !part.is_empty()),
                }
            }
            Mode::Projection(inputs) => {
                projection = FastPath::projection(&program.main, inputs).map(Arc::new);
            }
            Mode::Gathered => gathered = gathered::take_depth(&mut program),
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
        let compiler = Compiler::new(builtins::natives(), &program.defs, &variables);
        let code = compiler
            .program(&program.main)
            .map_err(|name| impossible(&name))?;
        Ok(Self {
            code,
            fast_path,
            projection,
            gathered,
            refused,
            regexes: Regexes::default(),
            labels: Cell::new(0),
        })
    }

    /// Which part of the program runs where.
    pub(crate) fn explanation(&self) -> String {
        if self.fast_path.is_some() {
            return "jq: the filter runs on the bytes of each input, the engine where it has to"
                .to_owned();
        }
        if let Some(kept) = self
            .projection
            .as_ref()
            .and_then(|fast_path| fast_path.kept())
        {
            return format!(
                "jq: each input is cut down to {kept} on its bytes, and the filter runs on the engine"
            );
        }
        if let Some(depth) = self.gathered {
            return format!(
                "jq: each value {depth} levels down is read at once, without its events, and the filter runs on the engine"
            );
        }
        match &self.refused {
            Some(part) => format!("jq: the filter runs on the engine: only the engine has {part}"),
            None => "jq: the filter runs on the engine".to_owned(),
        }
    }

    /// Runs the program on `input` and hands each output on, until `each` has had enough.
    ///
    /// # Errors
    /// What ended the run before its last output.
    pub(crate) fn run(
        &self,
        host: &dyn builtins::Host,
        input: Val,
        mut each: impl FnMut(Val) -> bool,
    ) -> Result<(), Stop> {
        let session = Session {
            host,
            regexes: &self.regexes,
        };
        let mut machine = Machine::new(&self.code, session, &self.labels, input);
        while let Some(output) = machine.next() {
            if !each(output?) {
                break;
            }
        }
        Ok(())
    }
}

/// What the resolver let through and the compiler did not: a mistake of ours, which is told rather than hidden.
fn impossible(name: &str) -> Errors {
    Errors::one(format!(
        "jq: error: internal: {name} cannot be compiled: please report the program"
    ))
}
