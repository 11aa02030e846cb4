//! Compiles the terms of a program to code.

mod bindings;
mod constants;
mod forms;
mod functions;
mod inline;
mod keys;
mod operators;
mod terms;
mod update;

pub(super) use forms::FORMS;

use super::code::{Call, Code, Function, Op, Slot};
use super::scope::{Entry, Scope, VariableAddress};
use crate::builtins::{Native, Run};
use crate::syntax::{Def, Term};
use crate::value::Val;
use foldhash::fast::RandomState;
use functions::returns;

/// A map with a fast hash function, because most of the compilation time is hashing. No attacker
/// chooses the names in a program.
type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A function that is being compiled.
#[derive(Default)]
struct Body {
    ops: Vec<Op>,
    variables: u16,
    function: u32,
}

pub(super) struct Compiler<'t> {
    ops: Vec<Op>,
    constants: Vec<Val>,
    calls: Vec<Call>,
    functions: Vec<Function>,
    natives: Vec<Run>,
    native_index: HashMap<(&'static str, usize), u16>,
    /// The global definitions by name and number of arguments.
    defs: HashMap<(&'t str, usize), &'t Def<'t>>,
    /// The numbers of the functions to which global definitions have been compiled so far.
    compiled: HashMap<(&'t str, usize), u32>,
    /// The scope with only the global variables.
    outermost: Scope<'t>,
    /// The functions that are being compiled, the program first.
    bodies: Vec<Body>,
    written_depth: usize,
}

impl<'t> Compiler<'t> {
    pub(super) fn new(
        natives: impl Iterator<Item = Native>,
        defs: &'t [Def<'t>],
        variables: &'t [(String, Val)],
    ) -> Self {
        let mut compiler = Self {
            ops: Vec::new(),
            constants: Vec::new(),
            calls: Vec::new(),
            functions: vec![Function::default()],
            natives: Vec::new(),
            native_index: HashMap::default(),
            defs: defs
                .iter()
                .map(|def| ((def.name, def.args.len()), def))
                .collect(),
            compiled: HashMap::default(),
            outermost: Scope::default(),
            bodies: Vec::new(),
            written_depth: 0,
        };
        for Native { name, run } in natives {
            let index = u16::try_from(compiler.natives.len()).unwrap_or(u16::MAX);
            compiler.natives.push(run);
            compiler.native_index.insert((name, run.arity()), index);
        }
        for (name, value) in variables {
            let constant = compiler.constant(value.clone());
            compiler.outermost = compiler.outermost.with(Entry::Constant(name, constant));
        }
        compiler
    }

    /// Compiles the program `main` to code. Fails with the name of an unknown filter, which the
    /// resolver should have refused.
    pub(super) fn program(mut self, main: &'t Term<'t>) -> Result<Code, String> {
        self.bodies.push(Body::default());
        let scope = self.outermost.clone();
        self.term(main, &scope)?;
        self.finish();
        Ok(Code {
            ops: self.ops,
            constants: self.constants,
            calls: self.calls,
            functions: self.functions,
            natives: self.natives,
        })
    }

    fn body(&mut self) -> &mut Body {
        self.bodies
            .last_mut()
            .expect("the program is finished after all its functions")
    }

    /// The number of functions around the function that is being compiled.
    fn depth(&self) -> usize {
        self.bodies.len() - 1
    }

    fn here(&mut self) -> u32 {
        u32::try_from(self.body().ops.len()).unwrap_or(u32::MAX)
    }

    /// Adds an instruction and returns its index.
    fn emit(&mut self, op: Op) -> u32 {
        let at = self.here();
        self.body().ops.push(op);
        at
    }

    /// Sets the target of the instruction at `at` to the instruction that is emitted next.
    fn land(&mut self, at: u32) {
        let here = self.here();
        if let Some(target) = self.body().ops[at as usize].target() {
            *target = here;
        }
    }

    fn constant(&mut self, value: Val) -> u32 {
        self.constants.push(value.distinct());
        u32::try_from(self.constants.len() - 1).unwrap_or(u32::MAX)
    }

    /// Adds a variable to the function that is being compiled.
    fn variable(&mut self) -> u16 {
        let body = self.body();
        body.variables += 1;
        body.variables - 1
    }

    /// Adds a variable to the function that is being compiled, and returns an address for inner
    /// functions.
    fn place(&mut self) -> VariableAddress {
        VariableAddress {
            depth: self.depth(),
            index: self.variable(),
        }
    }

    fn slot(&self, place: VariableAddress) -> Slot {
        Slot {
            level: self.level(place.depth),
            index: place.index,
        }
    }

    fn level(&self, depth: usize) -> u16 {
        u16::try_from(self.depth() - depth).unwrap_or(u16::MAX)
    }

    /// Ends the function that is being compiled; its calls in tail position become tail calls.
    fn finish(&mut self) {
        self.emit(Op::Return);
        let Some(mut body) = self.bodies.pop() else {
            return;
        };
        for at in 0..body.ops.len() {
            if let Op::Call(call) = body.ops[at]
                && returns(&mut body.ops, at + 1)
                && self.calls[call as usize].leaves_nothing()
            {
                body.ops[at] = Op::TailCall(call);
            }
        }
        let base = u32::try_from(self.ops.len()).unwrap_or(u32::MAX);
        self.functions[body.function as usize] = Function {
            entry: base,
            variables: u32::from(body.variables),
        };
        self.ops
            .extend(body.ops.into_iter().map(|op| op.moved(base)));
    }
}
