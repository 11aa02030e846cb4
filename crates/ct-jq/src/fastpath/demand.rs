//! Finds the paths of the inputs that a program can observe, so that the other values are never
//! built.
//!
//! The analysis runs the program on abstract values: a part of an input, or an array of such parts.
//! Field access, iteration, grouping and sorting do not need all of a part. Every other operation
//! needs all of it. If an error message of an operation shows a part, the operation needs all of
//! the part, so that the message is complete.

mod calls;
mod reduction;

use jaq_core::load::lex::StrPart;
use jaq_core::load::parse::{BinaryOp, Pattern, Term};
use jaq_core::path::{Part, Path};

use crate::fastpath::compile::literal;
use crate::fastpath::record::projection::Projection;
use crate::fastpath::record::reduction::Reduction;
use crate::fastpath::scope::Scope;

/// The maximum number of terms that are analysed.
const MAX_TERMS: usize = 20_000;

/// The maximum nesting of terms; a deeper program counts as recursive.
const MAX_DEPTH: usize = 200;

/// How a program gets its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inputs {
    /// One input after the other, each as the input of its own run.
    Each,
    /// One input at a time, by calls of `input` and `inputs`, with `--null-input`.
    Called,
    /// All inputs in one array, with `--slurp`.
    Slurped,
}

/// An abstract value: the parts of an input that a value may contain.
#[derive(Clone, Debug, PartialEq)]
enum Abstract {
    /// A value that contains no part of an input, or only parts that are kept whole.
    Whole,
    /// The part of an input that has this number.
    Part(usize),
    /// An array whose elements are described by one abstract value.
    Many(Box<Self>),
}

use Abstract::{Many, Whole};

/// What a program needs of a part of an input: all of the part, or only some of its fields.
#[derive(Default)]
struct Demanded {
    whole: bool,
    fields: Vec<(Box<[u8]>, usize)>,
}

#[derive(Default)]
struct Analysis {
    parts: Vec<Demanded>,
    /// Whether the program iterates over a part of the input, so that it may need most of a
    /// document.
    iterates: bool,
    terms: usize,
    depth: usize,
}

/// The number of the part that is a whole input.
const ROOT: usize = 0;

/// The paths of each input that the program can observe, and the inputs that the program does not
/// need. Returns `None` if the program needs everything, or if its needs are unknown.
pub(crate) fn analyze(
    program: &Term<&str>,
    inputs: Inputs,
) -> Option<(Projection, Option<Reduction>)> {
    let mut analysis = Analysis {
        parts: vec![Demanded::default()],
        ..Analysis::default()
    };
    let input = match inputs {
        Inputs::Each => Abstract::Part(ROOT),
        Inputs::Called => Whole,
        Inputs::Slurped => Many(Box::new(Abstract::Part(ROOT))),
    };
    let result = analysis.term(program, &input, &Scope::default())?;
    analysis.demand(&result);
    let reduction = match inputs {
        Inputs::Each | Inputs::Called => None,
        Inputs::Slurped => reduction::find(program),
    };
    let is_most = analysis.parts[ROOT].whole || inputs == Inputs::Each && analysis.iterates;
    let is_small = !is_most || matches!(reduction, Some(Reduction::Order(..)));
    is_small.then(|| (analysis.projection(ROOT), reduction))
}

impl Analysis {
    fn projection(&self, part: usize) -> Projection {
        let Demanded { whole, fields } = &self.parts[part];
        let fields = fields.iter().filter(|_| !whole);
        Projection::new(
            *whole,
            fields.map(|(key, part)| (key.clone(), self.projection(*part))),
        )
    }

    /// Records that the program needs all of a value.
    fn demand(&mut self, value: &Abstract) {
        match value {
            Whole => {}
            Abstract::Part(part) => self.parts[*part].whole = true,
            Many(of) => self.demand(of),
        }
    }

    fn field(&mut self, of: &Abstract, key: &str) -> Abstract {
        let Abstract::Part(part) = *of else {
            self.demand(of);
            return Whole;
        };
        let fields = &self.parts[part].fields;
        let known = fields.iter().find(|(name, _)| **name == *key.as_bytes());
        let at = if let Some((_, at)) = known {
            *at
        } else {
            let at = self.parts.len();
            self.parts.push(Demanded::default());
            self.parts[part].fields.push((key.as_bytes().into(), at));
            at
        };
        Abstract::Part(at)
    }

    /// The abstract value of a result that is either `a` or `b`.
    fn join(&mut self, a: Abstract, b: Abstract) -> Abstract {
        match (a, b) {
            (Whole, other) | (other, Whole) => other,
            (a, b) if a == b => a,
            (Many(a), Many(b)) => Many(Box::new(self.join(*a, *b))),
            (a, b) => {
                self.demand(&a);
                self.demand(&b);
                Whole
            }
        }
    }

    /// The abstract value of the elements of a value.
    fn elements(&mut self, of: Abstract) -> Abstract {
        match of {
            Many(of) => *of,
            of => {
                self.iterates |= matches!(of, Abstract::Part(_));
                self.demand(&of);
                Whole
            }
        }
    }

    /// Analyses a term, and records that the program needs all of its result.
    fn all<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        let value = self.term(term, input, scope)?;
        self.demand(&value);
        Some(Whole)
    }

    /// Analyses a term and returns its result; `None` if the result is unknown.
    fn term<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        self.terms += 1;
        if self.terms > MAX_TERMS || self.depth > MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.inner(term, input, scope);
        self.depth -= 1;
        value
    }

    fn inner<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        match term {
            Term::Id => Some(input.clone()),
            Term::Recurse => {
                self.demand(input);
                Some(Whole)
            }
            Term::Num(_) | Term::Arr(None) | Term::Break(_) => Some(Whole),
            Term::Str(_, parts) => {
                for part in parts {
                    if let StrPart::Term(term) = part {
                        self.all(term, input, scope)?;
                    }
                }
                Some(Whole)
            }
            Term::Neg(of) => self.all(of, input, scope),
            Term::Arr(Some(items)) => match self.term(items, input, scope)? {
                Whole => Some(Whole),
                items => Some(Many(Box::new(items))),
            },
            Term::Obj(members) => {
                for (key, value) in members {
                    match (key, value) {
                        (Term::Str(None, _), None) => {
                            let value = self.field(input, &literal(key)?);
                            self.demand(&value);
                        }
                        (Term::Var(_), None) => drop(self.all(key, input, scope)?),
                        (_, None) => return None,
                        (_, Some(value)) => {
                            self.all(key, input, scope)?;
                            self.all(value, input, scope)?;
                        }
                    }
                }
                Some(Whole)
            }
            Term::BinOp(left, op, right) => self.binary(left, op, right, (input, scope)),
            Term::Fold(_, source, Pattern::Var(name), parts) => {
                let value = self.term(source, input, scope)?;
                let (start, updates) = parts.split_first()?;
                self.all(start, input, scope)?;
                let scope = scope.with_variable(name, value);
                for update in updates {
                    self.all(update, &Whole, &scope)?;
                }
                Some(Whole)
            }
            Term::Fold(..) => None,
            Term::TryCatch(body, catch) => {
                let value = self.term(body, input, scope)?;
                match catch {
                    Some(catch) => {
                        let caught = self.term(catch, &Whole, scope)?;
                        Some(self.join(value, caught))
                    }
                    None => Some(value),
                }
            }
            Term::IfThenElse(branches, other) => {
                let mut value = match other {
                    Some(other) => self.term(other, input, scope)?,
                    None => input.clone(),
                };
                for (condition, then) in branches {
                    self.term(condition, input, scope)?;
                    let then = self.term(then, input, scope)?;
                    value = self.join(value, then);
                }
                Some(value)
            }
            Term::Def(defs, body) => {
                let scope = defs
                    .iter()
                    .fold(scope.clone(), |scope, def| scope.with_definition(def));
                self.term(body, input, &scope)
            }
            Term::Label(_, body) => self.term(body, input, scope),
            Term::Call(name, arguments) => self.call(name, arguments, input, scope),
            Term::Var(name) => {
                // A global variable contains no part of an input.
                Some(scope.variable(name).cloned().unwrap_or(Whole))
            }
            Term::Path(of, Path(parts)) => {
                let mut value = self.term(of, input, scope)?;
                for (part, _) in parts {
                    value = self.step(value, part, input, scope)?;
                }
                Some(value)
            }
        }
    }

    /// Analyses one step of a path, which begins at `of`.
    fn step<'t>(
        &mut self,
        of: Abstract,
        part: &'t Part<Term<&'t str>>,
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        match part {
            Part::Index(key) => {
                if let Some(key) = literal(key) {
                    return Some(self.field(&of, &key));
                }
                self.all(key, input, scope)?;
                let is_number = match key {
                    Term::Num(_) => true,
                    Term::Neg(key) => matches!(**key, Term::Num(_)),
                    _ => false,
                };
                if is_number {
                    return Some(self.elements(of));
                }
                self.demand(&of);
                Some(Whole)
            }
            Part::Range(None, None) => Some(self.elements(of)),
            Part::Range(from, to) => {
                for bound in [from, to].into_iter().flatten() {
                    self.all(bound, input, scope)?;
                }
                if matches!(of, Many(_)) {
                    return Some(of);
                }
                self.demand(&of);
                Some(Whole)
            }
        }
    }

    fn binary<'t>(
        &mut self,
        left: &'t Term<&'t str>,
        op: &'t BinaryOp<&'t str>,
        right: &'t Term<&'t str>,
        (input, scope): (&Abstract, &Scope<'t, Abstract>),
    ) -> Option<Abstract> {
        match op {
            BinaryOp::Pipe(None) => {
                let value = self.term(left, input, scope)?;
                self.term(right, &value, scope)
            }
            BinaryOp::Pipe(Some(Pattern::Var(name))) => {
                let value = self.term(left, input, scope)?;
                self.term(right, input, &scope.with_variable(name, value))
            }
            BinaryOp::Pipe(Some(_)) => None,
            BinaryOp::Comma | BinaryOp::Alt => {
                let left = self.term(left, input, scope)?;
                let right = self.term(right, input, scope)?;
                Some(self.join(left, right))
            }
            // `and` and `or` observe only the truth values of their sides.
            BinaryOp::And | BinaryOp::Or => {
                self.term(left, input, scope)?;
                self.term(right, input, scope)?;
                Some(Whole)
            }
            BinaryOp::Cmp(_) | BinaryOp::Math(_) => {
                self.all(left, input, scope)?;
                self.all(right, input, scope)
            }
            BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt => {
                self.demand(input);
                self.all(left, &Whole, scope)?;
                self.all(right, &Whole, scope)
            }
        }
    }
}
