//! Compiles paths, so that the values at the paths are read together with the record.

use jaq_core::load::parse::Term;
use jaq_core::path::{Opt, Part, Path};

use crate::fastpath::compile::context::{Context, Focus};
use crate::fastpath::compile::{Lowering, boxed, literal, passes};
use crate::fastpath::functions::Function;
use crate::fastpath::node::{Missing, Node, Op, Rebase};

impl Lowering {
    /// Compiles a part of the program that runs on JSON text, such as an element of an array. The
    /// paths that the part uses are later read from this text in one scan.
    pub(crate) fn rebased<'t>(
        &mut self,
        context: &Context<'t>,
        lower: impl FnOnce(&mut Self, &Context<'t>) -> Option<Node>,
    ) -> Option<Node> {
        let outer = (
            std::mem::take(&mut self.tree),
            std::mem::take(&mut self.slots),
        );
        let node = lower(self, &context.at(Focus::Record(Vec::new())));
        let tree = std::mem::replace(&mut self.tree, outer.0);
        let slots = std::mem::replace(&mut self.slots, outer.1);
        match slots {
            0 => node,
            _ => Some(Node::new(Op::Rebase(Box::new(Rebase {
                node: node?,
                tree: tree.into(),
                slots,
            })))),
        }
    }

    /// Compiles `.[]` piped into the node that `lower` creates.
    pub(crate) fn over_elements<'t>(
        &mut self,
        context: &Context<'t>,
        lower: impl FnOnce(&mut Self, &Context<'t>) -> Option<Node>,
    ) -> Option<Node> {
        let raw = is_record(&context.focus, &Node::new(Op::Id));
        let each = boxed(Op::Each {
            of: boxed(Op::Id),
            missing: Missing::Error,
            raw,
        });
        let body = if raw {
            self.rebased(context, lower)
        } else {
            lower(self, &context.elsewhere())
        };
        Some(Node::new(Op::Pipe(each, Box::new(body?))))
    }

    pub(crate) fn path<'t>(
        &mut self,
        of: &'t Term<&'t str>,
        parts: &'t [(Part<Term<&'t str>>, Opt)],
        context: &Context<'t>,
    ) -> Option<Node> {
        let mut node = self.term(of, context)?;
        if passes(&node) && !matches!(node.op, Op::Id) {
            let fields = self.path(&Term::Id, parts, context)?;
            return Some(Node::new(Op::Pipe(Box::new(node), Box::new(fields))));
        }
        let mut at = context.at(focus_after(of, &node, context));
        for (index, (part, opt)) in parts.iter().enumerate() {
            let missing = match opt {
                Opt::Essential => Missing::Error,
                Opt::Optional => Missing::Nothing,
            };
            node = match part {
                Part::Index(key) => {
                    if let Some(key) = literal(key) {
                        let key = Box::<[u8]>::from(key.as_bytes());
                        let node = self.field(node, &at, key.clone(), missing);
                        match &mut at.focus {
                            Focus::Record(path) if missing == Missing::Error => path.push(key),
                            focus => *focus = Focus::Elsewhere,
                        }
                        node
                    } else {
                        at = at.elsewhere();
                        Node::new(Op::Index(
                            Box::new(node),
                            Box::new(self.single(key, context)?),
                            missing,
                        ))
                    }
                }
                Part::Range(None, None) => {
                    let raw = is_record(&at.focus, &node);
                    at = at.elsewhere();
                    let each = Node::new(Op::Each {
                        of: Box::new(node),
                        missing,
                        raw,
                    });
                    let rest = &parts[index + 1..];
                    if raw && !rest.is_empty() && rest.iter().all(has_fixed_keys) {
                        let rest = self.rebased(context, |this, context| {
                            this.path(&Term::Id, rest, context)
                        })?;
                        return Some(Node::new(Op::Pipe(Box::new(each), Box::new(rest))));
                    }
                    each
                }
                Part::Range(from, to) => {
                    at = at.elsewhere();
                    let mut bound = |term: &'t Option<Term<&'t str>>| match term {
                        Some(term) => self.single(term, context).map(|node| Some(Box::new(node))),
                        None => Some(None),
                    };
                    Node::new(Op::Slice(
                        Box::new(node),
                        [bound(from)?, bound(to)?],
                        missing,
                    ))
                }
            };
        }
        Some(node)
    }

    /// Compiles the access to a field of the result of `node`. Where possible, the field is read
    /// together with the record.
    pub(crate) fn field(
        &mut self,
        node: Node,
        context: &Context<'_>,
        key: Box<[u8]>,
        missing: Missing,
    ) -> Node {
        if let (Focus::Record(path), Op::Id | Op::Slot(_)) = (&context.focus, &node.op) {
            let parent = match node.op {
                Op::Slot(slot) => Some(slot),
                _ if path.is_empty() => None,
                _ => self.tree.want(path, &mut self.slots),
            };
            let path = [path.as_slice(), std::slice::from_ref(&key)].concat();
            if let Some(slot) = self.tree.want(&path, &mut self.slots) {
                return Node::new(match missing {
                    Missing::Error => Op::Slot(slot),
                    Missing::Nothing => Op::OptionalSlot { slot, parent },
                });
            }
        }
        Node::new(Op::Field(Box::new(node), key, missing))
    }
}

/// Whether the results of a node are raw text of the record.
fn is_record(focus: &Focus, node: &Node) -> bool {
    matches!((focus, &node.op), (Focus::Record(_), Op::Id | Op::Slot(_)))
}

/// Whether every result of a node is JSON text from the input.
pub(crate) fn is_raw(node: &Node) -> bool {
    match &node.op {
        Op::Each { raw, .. } => *raw,
        Op::Call(Function::Fromjson, _) => true,
        Op::Pipe(_, second) => {
            is_raw(second)
                || (passes(second) && matches!(&node.op, Op::Pipe(first, _) if is_raw(first)))
        }
        _ => false,
    }
}

/// Whether the keys of a path step are the same for every input.
fn has_fixed_keys((part, _): &(Part<Term<&str>>, Opt)) -> bool {
    let fixed = |term: &Term<&str>| matches!(term, Term::Num(_)) || literal(term).is_some();
    match part {
        Part::Index(key) => fixed(key),
        Part::Range(from, to) => [from, to].into_iter().flatten().all(fixed),
    }
}

/// The source of the next term's input. `term` precedes that term, and was compiled to `node`.
pub(crate) fn focus_after(term: &Term<&str>, node: &Node, context: &Context<'_>) -> Focus {
    if passes(node) {
        return context.focus.clone();
    }
    match (&node.op, term) {
        (Op::Slot(_), Term::Path(of, Path(parts))) if matches!(**of, Term::Id) => {
            let keys = parts.iter().map(|(part, _)| match part {
                Part::Index(key) => literal(key).map(|key| Box::from(key.as_bytes())),
                Part::Range(..) => None,
            });
            match (&context.focus, keys.collect::<Option<Vec<_>>>()) {
                (Focus::Record(path), Some(keys)) => Focus::Record([path.clone(), keys].concat()),
                _ => Focus::Elsewhere,
            }
        }
        _ => Focus::Elsewhere,
    }
}
