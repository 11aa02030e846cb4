//! Native filters on paths: setting, deleting, and traversing a whole value.

use super::walk::{Parts, Step, Walk};
use super::{Native, binary, many, streams, unary};
use crate::value::assign;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        binary("setpath", |value, path, part| {
            assign::set_path(value, &path, part)
        }),
        unary("delpaths", |value, paths| {
            assign::delete_paths(value, &paths)
        }),
        many("_paths", |_, value| {
            Box::new(Walk::of(value).filter_map(Step::path).map(Ok))
        }),
        many("_recurse", |_, value| Box::new(Parts::of(value).map(Ok))),
        unary("_gathered", |state, event| streams::gathered(state, &event)),
        many("_tostream", |_, value| {
            Box::new(Walk::of(value).filter_map(Step::event).map(Ok))
        }),
    ])
}
