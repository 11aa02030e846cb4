//! Compiles updates of the values at paths.

use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::path::{Opt, Part, Path};

use crate::fastpath::compile::context::Context;
use crate::fastpath::compile::{Lowering, literal};
use crate::fastpath::node::{Missing, Node, Op, Update, UpdateStep};

impl Lowering {
    /// Compiles an update of the paths that `paths` outputs; each value is set to the first result
    /// of `new`.
    pub(crate) fn update<'t>(
        &mut self,
        paths: &'t Term<&'t str>,
        context: &Context<'t>,
        new: Node,
    ) -> Option<Op> {
        let mut steps = Vec::new();
        self.steps(paths, &context.elsewhere(), &mut steps)?;
        let recurse = steps
            .iter()
            .position(|step| matches!(step, UpdateStep::Recurse));
        let rest = recurse.map_or(&[][..], |at| &steps[at + 1..]);
        if !rest
            .iter()
            .all(|step| matches!(step, UpdateStep::Select(_)))
        {
            return None;
        }
        let id = self.id();
        Some(Op::Update(Box::new(Update { steps, id, new })))
    }

    /// Adds the steps of a path expression to `steps`; `None` if the expression needs the engine.
    fn steps<'t>(
        &mut self,
        term: &'t Term<&'t str>,
        context: &Context<'t>,
        steps: &mut Vec<UpdateStep>,
    ) -> Option<()> {
        match term {
            Term::Id => {}
            Term::Recurse => steps.push(UpdateStep::Recurse),
            Term::BinOp(left, BinaryOp::Pipe(None), right) => {
                self.steps(left, context, steps)?;
                self.steps(right, context, steps)?;
            }
            Term::Call(name, arguments) if context.is_builtin(name, arguments.len()) => {
                match (*name, arguments.as_slice()) {
                    ("recurse", []) => steps.push(UpdateStep::Recurse),
                    ("select", [condition]) => {
                        steps.push(UpdateStep::Select(self.single(condition, context)?));
                    }
                    _ => match self.term(term, context)?.op {
                        Op::Select(condition) if condition.single => {
                            steps.push(UpdateStep::Select(*condition));
                        }
                        _ => return None,
                    },
                }
            }
            Term::Path(of, Path(parts)) => {
                self.steps(of, context, steps)?;
                for (part, optional) in parts {
                    let missing = match optional {
                        Opt::Essential => Missing::Error,
                        Opt::Optional => Missing::Nothing,
                    };
                    steps.push(match part {
                        Part::Index(Term::Num(index)) => UpdateStep::Index(
                            index.parse().ok().filter(|&at| at < 1 << 20)?,
                            missing,
                        ),
                        Part::Index(key) => {
                            UpdateStep::Field(literal(key)?.into_bytes().into(), missing)
                        }
                        Part::Range(None, None) => UpdateStep::Each(missing),
                        Part::Range(..) => return None,
                    });
                }
            }
            _ => return None,
        }
        Some(())
    }
}
