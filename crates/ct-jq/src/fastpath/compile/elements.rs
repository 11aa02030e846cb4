//! Finds programs that process the elements of an array of the input one by one.

use crate::fastpath::node::{Missing, Node, Op, Rebase};
use crate::fastpath::record::path_tree::PathTree;

/// The parts of a program that processes elements one by one: the array, whether `?` follows it,
/// and the program for each element.
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

/// Rearranges a program to the form that [`elements`] recognises: `.[] | a | b` becomes `.[] | (a |
/// b)`, and `.[]` becomes `.[] | .`.
pub(crate) fn regrouped(root: Node) -> Node {
    let Op::Pipe(first, second) = root.op else {
        return match root.op {
            Op::Each { raw: true, .. } => pipe(root, rebase(Node::new(Op::Id))),
            _ => root,
        };
    };
    // The part of the program after `.[]` was compiled for one element. Even if this part reads no
    // path of the element, it needs an [`Op::Rebase`].
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
            // The rest of the pipe reads no path of the record, so it can become a part of the
            // program for each element.
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
        tree: PathTree::default().into(),
        slots: 0,
    })))
}
