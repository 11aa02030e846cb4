//! Compiles calls of builtins for the fast path. The engine runs a program with a call that the
//! fast path does not support.

use jaq_core::load::parse::Term;
use jaq_core::ops::Cmp;
use jaq_core::path::{Opt, Part, Path};

use crate::builtins::Expression;
use crate::fastpath::compile::context::{Context, Focus};
use crate::fastpath::compile::{Lowering, boxed, literal};
use crate::fastpath::functions::Function;
use crate::fastpath::functions::arrays::KeyOperation;
use crate::fastpath::functions::formats::Format;
use crate::fastpath::functions::matcher::Matcher;
use crate::fastpath::node::{Const, MatchUse, Missing, Node, Op};
use crate::fastpath::value::Kind;

type Arguments<'t> = &'t [Term<&'t str>];

impl Lowering {
    /// Compiles a call of a builtin; `None` if the call needs the engine.
    pub(crate) fn builtin<'t>(
        &mut self,
        name: &str,
        arguments: Arguments<'t>,
        context: &Context<'t>,
    ) -> Option<Node> {
        let op = match arguments {
            [] => self.plain(name)?,
            [argument] => match self.unary(name, argument, context) {
                Some(op) => op,
                None => Op::Call(
                    Function::named(name, 1)?,
                    vec![self.single(argument, context)?],
                ),
            },
            [first, second] => self.binary_call(name, first, second, context)?,
            [first, second, flags] if matches!(name, "sub" | "gsub") => {
                self.substitution(name, (first, second), Some(flags), context)?
            }
            _ => return None,
        };
        Some(Node::new(op))
    }

    fn plain(&mut self, name: &str) -> Option<Op> {
        if let Some(function) = Function::named(name, 0) {
            return Some(Op::Call(function, Vec::new()));
        }
        if let Some(format) = Format::named(name) {
            return Some(Op::Format(format));
        }
        let elements = || {
            boxed(Op::Each {
                of: boxed(Op::Id),
                missing: Missing::Error,
                raw: false,
            })
        };
        Some(match name {
            "true" => Op::Const(Const::Bool(true)),
            "false" => Op::Const(Const::Bool(false)),
            "null" => Op::Const(Const::Null),
            "empty" => Op::Empty,
            "paths" => Op::Paths(None),
            "error" => Op::Error,
            "recurse" => Op::Recurse,
            "any" => Op::Quantify(true, self.id(), elements(), boxed(Op::Id)),
            "all" => Op::Quantify(false, self.id(), elements(), boxed(Op::Id)),
            "first" => nth(0.0),
            "last" => nth(-1.0),
            "values" => Op::Select(boxed(comparison(Cmp::Ne, Op::Id, Const::Null))),
            "nulls" => Op::Select(boxed(comparison(Cmp::Eq, Op::Id, Const::Null))),
            "strings" => of_kind(Kind::String),
            "numbers" => of_kind(Kind::Number),
            "booleans" => of_kind(Kind::True),
            "arrays" => of_kind(Kind::Array),
            "objects" => of_kind(Kind::Object),
            "iterables" => Op::Select(boxed(Op::Or(
                boxed(is_kind(Kind::Array)),
                boxed(is_kind(Kind::Object)),
            ))),
            _ => return None,
        })
    }

    /// Compiles a call of a builtin with one filter as its argument.
    fn unary<'t>(
        &mut self,
        name: &str,
        argument: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Op> {
        let elsewhere = context.at(Focus::Elsewhere);
        let elements = || {
            boxed(Op::Each {
                of: boxed(Op::Id),
                missing: Missing::Error,
                raw: false,
            })
        };
        Some(match name {
            "select" => Op::Select(self.boxed(argument, context)?),
            "error" => {
                self.single(argument, context)?;
                Op::Error
            }
            "map" => {
                let mapped =
                    self.over_elements(context, |this, context| this.term(argument, context))?;
                Op::Array(Some(Box::new(mapped)))
            }
            "map_values" => {
                let id = self.id();
                Op::MapValues(id, self.boxed(argument, &elsewhere)?)
            }
            "with_entries" => {
                let entry = self.boxed(argument, &elsewhere)?;
                if let Op::Select(condition) = entry.op {
                    return Some(Op::KeepEntries(condition));
                }
                let mapped = Op::Pipe(elements(), entry);
                let entries = boxed(Op::Pipe(
                    boxed(call(Function::ToEntries)),
                    boxed(Op::Array(Some(boxed(mapped)))),
                ));
                Op::Pipe(entries, boxed(call(Function::FromEntries)))
            }
            "first" => {
                let id = self.id();
                Op::Limit(id, 1, self.boxed(argument, context)?)
            }
            "isempty" => {
                let id = self.id();
                let generator = self.boxed(argument, context)?;
                Op::Quantify(false, id, generator, boxed(Op::Const(Const::Bool(false))))
            }
            "any" | "all" => {
                let id = self.id();
                Op::Quantify(
                    name == "any",
                    id,
                    elements(),
                    self.boxed(argument, &elsewhere)?,
                )
            }
            "IN" => {
                let id = self.id();
                let source = self.boxed(argument, &context.bind(""))?;
                let same = boxed(Op::Cmp(Cmp::Eq, boxed(Op::Id), boxed(Op::Var(0))));
                Op::Bind(boxed(Op::Id), boxed(Op::Quantify(true, id, source, same)))
            }
            "add" => {
                let items = boxed(Op::Array(Some(self.boxed(argument, context)?)));
                Op::Pipe(items, boxed(call(Function::Add)))
            }
            "sort_by" => Op::By(KeyOperation::Sort, self.boxed(argument, &elsewhere)?),
            "group_by" => Op::By(KeyOperation::Group, self.boxed(argument, &elsewhere)?),
            "unique_by" => Op::By(KeyOperation::Unique, self.boxed(argument, &elsewhere)?),
            "min_by" => Op::By(KeyOperation::Min, self.boxed(argument, &elsewhere)?),
            "max_by" => Op::By(KeyOperation::Max, self.boxed(argument, &elsewhere)?),
            "range" => Op::Range(
                boxed(Op::Const(Const::Num(0.0))),
                Box::new(self.single(argument, context)?),
            ),
            "test" | "scan" | "capture" => return self.regex(name, argument, None, context),
            "paths" => Op::Paths(Some(self.boxed(argument, &elsewhere)?)),
            "walk" => {
                let id = self.id();
                Op::Walk(id, self.boxed(argument, &elsewhere)?)
            }
            "nth" => Op::Index(
                boxed(Op::Id),
                Box::new(self.single(argument, context)?),
                Missing::Error,
            ),
            "del" => Op::Delete(fields(argument)?),
            _ => return None,
        })
    }

    /// The text of a term that is a constant string.
    fn constant<'t>(&mut self, term: &'t Term<&'t str>, context: &Context<'t>) -> Option<String> {
        match self.term(term, context)?.op {
            Op::Const(Const::Str(text)) => String::from_utf8(text.into()).ok(),
            _ => None,
        }
    }

    /// Compiles `test`, `scan` or `capture`.
    fn regex<'t>(
        &mut self,
        name: &str,
        pattern: &'t Term<&'t str>,
        flags: Option<&'t Term<&'t str>>,
        context: &Context<'t>,
    ) -> Option<Op> {
        let pattern = self.constant(pattern, context)?;
        let mut flags = match flags {
            Some(flags) => self.constant(flags, context)?,
            None => String::new(),
        };
        if name == "test"
            && let Some(matcher) = Matcher::new(&pattern, &flags)
        {
            return Some(Op::Test(matcher));
        }
        let matched = match name {
            "test" => MatchUse::Test,
            "scan" => {
                flags.push('g');
                MatchUse::Scan
            }
            _ => MatchUse::Capture,
        };
        let expression = Expression::new(&pattern, &flags).ok()?;
        Some(Op::Matches(expression.into(), Box::new(matched)))
    }

    /// Compiles `sub` or `gsub`.
    fn substitution<'t>(
        &mut self,
        name: &str,
        (pattern, new): (&'t Term<&'t str>, &'t Term<&'t str>),
        flags: Option<&'t Term<&'t str>>,
        context: &Context<'t>,
    ) -> Option<Op> {
        let pattern = self.constant(pattern, context)?;
        let mut flags = match flags {
            Some(flags) => self.constant(flags, context)?,
            None => String::new(),
        };
        if name == "gsub" {
            flags.push('g');
        }
        let new = self.single(new, &context.elsewhere())?;
        let expression = Expression::new(&pattern, &flags).ok()?;
        Some(Op::Matches(
            expression.into(),
            Box::new(MatchUse::Replace(new)),
        ))
    }

    fn binary_call<'t>(
        &mut self,
        name: &str,
        first: &'t Term<&'t str>,
        second: &'t Term<&'t str>,
        context: &Context<'t>,
    ) -> Option<Op> {
        Some(match name {
            "limit" => match self.single(first, context)?.op {
                Op::Const(Const::Num(count))
                    if count.fract() == 0.0 && (1.0..1e9).contains(&count) =>
                {
                    let id = self.id();
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "the range is checked above"
                    )]
                    Op::Limit(id, count as usize, self.boxed(second, context)?)
                }
                _ => return None,
            },
            "any" | "all" => {
                let id = self.id();
                let generator = self.boxed(first, context)?;
                Op::Quantify(
                    name == "any",
                    id,
                    generator,
                    self.boxed(second, &context.at(Focus::Elsewhere))?,
                )
            }
            "IN" => {
                let id = self.id();
                let pairs = Op::Cmp(
                    Cmp::Eq,
                    self.boxed(first, context)?,
                    self.boxed(second, context)?,
                );
                Op::Quantify(true, id, boxed(pairs), boxed(Op::Id))
            }
            "range" => Op::Range(
                Box::new(self.single(first, context)?),
                Box::new(self.single(second, context)?),
            ),
            "test" | "scan" | "capture" => return self.regex(name, first, Some(second), context),
            "sub" | "gsub" => return self.substitution(name, (first, second), None, context),
            _ => return None,
        })
    }
}

fn call(function: Function) -> Op {
    Op::Call(function, Vec::new())
}

fn comparison(op: Cmp, left: Op, right: Const) -> Op {
    Op::Cmp(op, boxed(left), boxed(Op::Const(right)))
}

fn is_kind(kind: Kind) -> Op {
    comparison(
        Cmp::Eq,
        call(Function::Type),
        Const::Str(kind.name().as_bytes().into()),
    )
}

fn of_kind(kind: Kind) -> Op {
    Op::Select(boxed(is_kind(kind)))
}

fn nth(at: f64) -> Op {
    Op::Index(
        boxed(Op::Id),
        boxed(Op::Const(Const::Num(at))),
        Missing::Error,
    )
}

/// The paths in a term such as `.a, .b.c`; `None` for any other kind of term.
fn fields(term: &Term<&str>) -> Option<Vec<Vec<Box<[u8]>>>> {
    use jaq_core::load::parse::BinaryOp;
    match term {
        Term::BinOp(left, BinaryOp::Comma, right) => Some([fields(left)?, fields(right)?].concat()),
        Term::Path(of, Path(parts)) if matches!(**of, Term::Id) => {
            let keys = parts.iter().map(|part| match part {
                (Part::Index(key), Opt::Essential) => {
                    literal(key).map(|key| Box::from(key.as_bytes()))
                }
                _ => None,
            });
            Some(vec![keys.collect::<Option<_>>()?])
        }
        _ => None,
    }
}
