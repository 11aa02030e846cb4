//! Mends the crate's trees where Python's library ends a projection earlier: behind a `.{…}`.

use std::mem;

use jmespath::ast::{Ast, KeyValuePair};

/// The same expression as Python's parser reads it.
///
/// `a[].{b: c}[0]` is the first of all objects there, as a multi-select hash behind a dot ends what is done with
/// each item; the crate goes on inside each of them.
pub(crate) fn settle(node: &mut Ast) {
    match node {
        Ast::Comparison { lhs, rhs, .. }
        | Ast::And { lhs, rhs, .. }
        | Ast::Or { lhs, rhs, .. }
        | Ast::Subexpr { lhs, rhs, .. }
        | Ast::Projection { lhs, rhs, .. } => {
            settle(lhs);
            settle(rhs);
        }
        Ast::Condition {
            predicate, then, ..
        } => {
            settle(predicate);
            settle(then);
        }
        Ast::Expref { ast: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::Not { node, .. }
        | Ast::ObjectValues { node, .. } => settle(node),
        Ast::Function { args: nodes, .. }
        | Ast::MultiList {
            elements: nodes, ..
        } => nodes.iter_mut().for_each(settle),
        Ast::MultiHash { elements, .. } => {
            for KeyValuePair { value, .. } in elements {
                settle(value);
            }
        }
        Ast::Identity { .. }
        | Ast::Field { .. }
        | Ast::Index { .. }
        | Ast::Literal { .. }
        | Ast::Slice { .. } => {}
    }
    if let Some(tail) = take_tail(node) {
        let projection = mem::replace(node, tail);
        *first(node) = projection;
    }
}

/// What follows the hash inside of a projection, the projection left with the hash alone.
fn take_tail(node: &mut Ast) -> Option<Ast> {
    let Ast::Projection { rhs, .. } = node else {
        return None;
    };
    let inner = match rhs.as_mut() {
        Ast::Condition { then, .. } => then.as_mut(),
        inner => inner,
    };
    if matches!(inner, Ast::MultiHash { .. }) || !matches!(first(inner), Ast::MultiHash { .. }) {
        return None;
    }
    let nothing = || Ast::Identity { offset: 0 };
    let mut tail = mem::replace(inner, nothing());
    *inner = mem::replace(first(&mut tail), nothing());
    Some(tail)
}

/// The node that is asked first.
fn first(node: &mut Ast) -> &mut Ast {
    match node {
        Ast::Subexpr { lhs: node, .. }
        | Ast::Projection { lhs: node, .. }
        | Ast::Flatten { node, .. }
        | Ast::ObjectValues { node, .. } => first(node),
        node => node,
    }
}
