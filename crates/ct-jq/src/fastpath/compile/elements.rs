//! Programs that look at one element of the input after the other.

use crate::fastpath::node::{Missing, Node, Op, Rebase};
use crate::fastpath::record::path_tree::PathTree;

/// The parts of such a program: array, `?`, and what is done with each element.
pub(crate) fn elements(root: &Node) -> Option<(&Node, Missing, &Rebase)> {
    match &root.op {
        Op::Pipe(each, body) => match (&each.op, &body.op) {
            (
                Op::Each {
                    of,
                    missing,
                    raw: true,
                },
                Op::Rebase(inner),
            ) => Some((of, *missing, inner)),
            _ => None,
        },
        _ => None,
    }
}

/// The same program, so that [`elements`] finds its parts wherever it has them.
pub(crate) fn regrouped(root: Node) -> Node {
    let Op::Pipe(first, second) = root.op else {
        return match root.op {
            Op::Each { raw: true, .. } => pipe(root, rebase(Node::new(Op::Id))),
            _ => root,
        };
    };
    // What follows raw elements was lowered as a program of its own, even if it reads nothing off them.
    if matches!(first.op, Op::Each { raw: true, .. }) {
        return match second.op {
            Op::Rebase(_) => pipe(*first, *second),
            _ => pipe(*first, rebase(*second)),
        };
    }
    let first = regrouped(*first);
    if elements(&first).is_none() {
        return pipe(first, *second);
    }
    match first.op {
        Op::Pipe(each, body) => match body.op {
            // What follows that has no more to do with the slots of one than with those of the other.
            Op::Rebase(inner) => pipe(
                *each,
                Node::new(Op::Rebase(Box::new(Rebase {
                    node: pipe(inner.node, *second),
                    ..*inner
                }))),
            ),
            op => pipe(pipe(*each, Node::new(op)), *second),
        },
        op => pipe(Node::new(op), *second),
    }
}

fn pipe(first: Node, second: Node) -> Node {
    Node::new(Op::Pipe(Box::new(first), Box::new(second)))
}

fn rebase(node: Node) -> Node {
    Node::new(Op::Rebase(Box::new(Rebase {
        node,
        shape: PathTree::default().into(),
        slots: 0,
    })))
}
