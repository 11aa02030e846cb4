//! A compiled program, and the machine that runs it.

mod code;
mod compile;
mod machine;
mod scope;
mod stack;

pub(crate) use machine::Stop;

use crate::builtins::{self, Regexes, Session};
use crate::plan::{self, Plan};
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
    /// The fast path, if it was asked for and the program has one.
    pub(crate) plan: Option<Arc<Plan>>,
    regexes: Regexes,
    /// How many labels there have been.
    labels: Cell<u32>,
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
    /// With a style to print in it gets a plan as well, where it can be lowered.
    ///
    /// # Errors
    /// jq's messages for a program that does not compile.
    pub(crate) fn compile(
        text: &str,
        variables: Vec<(String, Val)>,
        places: &Places,
        planned: Option<plan::Style>,
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
        let program = Program::load(&arena, text, &known, (places, &names))?;

        let plan = planned.and_then(|style| {
            let given = |(name, value): &(String, Val)| {
                (name.clone(), crate::output::compact(value).into_bytes())
            };
            let given: Vec<_> = variables.iter().map(given).collect();
            Plan::compile(&program.main, &given, style).map(Arc::new)
        });
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
            plan,
            regexes: Regexes::default(),
            labels: Cell::new(0),
        })
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
