//! A compiled program on jaq's engine.

use crate::builtins::{self, Jq, Regexes, Session};
use crate::lowered;
use crate::plan::{self, Plan};
use crate::syntax::{Arena, Builtins, Data, Errors, Places, Program, data_name};
use crate::value::Val;
use jaq_core::load::{File, Loader};
use jaq_core::{Compiler, Ctx, Exn, Filter, Vars};
use std::sync::Arc;

/// A program that can be run on any number of values.
pub(crate) struct Engine {
    filter: Filter<Jq>,
    variables: Vec<Val>,
    /// What prints the results of an input in the engine's place.
    pub(crate) plan: Option<Arc<Plan>>,
    /// What cuts inputs down to what the program can observe.
    pub(crate) projection: Option<Arc<Plan>>,
    regexes: Regexes,
}

/// What may run in place of the engine.
#[derive(Clone)]
pub(crate) enum FastPath {
    /// Nothing.
    Engine,
    /// The whole program, on one value or event after the other.
    Plan(plan::Style, plan::Unit),
    /// The reading of the inputs.
    Projection(plan::Inputs),
}

/// How a run ended early.
pub(crate) enum Stop {
    /// An error nothing caught: what `catch` would see.
    Error(Val),
    /// `halt`, `halt_error`: the status asked for.
    Halt(i32),
}

struct Names {
    natives: Vec<(&'static str, usize)>,
}

impl Builtins for Names {
    fn definition(&self, name: &str, arity: usize) -> Option<&'static str> {
        builtins::definition(name, arity)
    }

    fn is_native(&self, name: &str, arity: usize) -> bool {
        self.natives
            .iter()
            .any(|(known, n)| *known == name && *n == arity)
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
        fast_path: FastPath,
    ) -> Result<Self, Errors> {
        let natives: Vec<_> = builtins::natives().chain(lowered::natives()).collect();
        let names = Names {
            natives: natives
                .iter()
                .map(|(name, args, _)| (*name, args.len()))
                .collect(),
        };
        let arena = Arena::default();
        let known: Vec<&str> = variables
            .iter()
            .map(|(name, _)| &**arena.alloc(name.clone()))
            .collect();
        let program = Program::load(&arena, text, &known, (places, &names))?;

        let (mut plan, mut projection) = (None, None);
        match fast_path {
            FastPath::Engine => {}
            FastPath::Plan(style, unit) => {
                let given = |(name, value): &(String, Val)| {
                    (name.clone(), crate::output::compact(value).into_bytes())
                };
                let given: Vec<_> = variables.iter().map(given).collect();
                plan = Plan::compile(&program.main, &given, style, unit).map(Arc::new);
            }
            FastPath::Projection(inputs) => {
                projection = Plan::projection(&program.main, inputs).map(Arc::new);
            }
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
        let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
        let code = Arena::default();
        let main = File {
            code: "main",
            path: (),
        };
        let modules = Loader::new(program.lower(&arena))
            .load(&code, main)
            .map_err(|_| impossible("load"))?;
        let compiler = Compiler::default()
            .with_funs(natives)
            .with_global_vars(names.iter().copied());
        let filter = compiler.compile(modules).map_err(|errors| {
            let names = errors
                .into_iter()
                .flat_map(|(_, errors)| errors)
                .map(|(name, _)| name.to_owned());
            impossible(&names.collect::<Vec<_>>().join(" "))
        })?;
        Ok(Self {
            filter,
            variables: variables.into_iter().map(|(_, value)| value).collect(),
            plan,
            projection,
            regexes: Regexes::default(),
        })
    }

    /// Which part of the program runs where.
    pub(crate) fn explanation(&self) -> &'static str {
        match (&self.plan, &self.projection) {
            (Some(_), _) => {
                "jq: the filter runs on the bytes of each input, the engine where it has to"
            }
            (None, Some(_)) => {
                "jq: the inputs are cut down to what the filter looks at, on their bytes; the filter runs on the engine"
            }
            (None, None) => "jq: the filter runs on the engine",
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
            lut: &self.filter.lut,
            host,
            regexes: &self.regexes,
        };
        let context = Ctx::<Jq>::new(session, Vars::new(self.variables.iter().cloned()));
        for output in self.filter.id.run((context, input)) {
            match output {
                Ok(value) if each(value.clone()) => {}
                Ok(_) => return Ok(()),
                Err(exception) => return Err(stop(exception)),
            }
        }
        Ok(())
    }
}

fn stop(exception: Exn<'_, Val>) -> Stop {
    match exception.get_err() {
        Ok(error) => Stop::Error(error.into_val()),
        Err(exception) => Stop::Halt(exception.get_halt().unwrap_or_default()),
    }
}

/// What the resolver let through and jaq did not: a mistake of ours, which is told rather than hidden.
fn impossible(names: &str) -> Errors {
    Errors::one(format!(
        "jq: error: internal: {names} cannot be compiled: please report the program"
    ))
}
