//! Finds the paths in a source file that begin with `crate`, `self` or `super`, and the modules to
//! which they lead.

use std::collections::BTreeSet;

use super::code::Token;

/// The path of a module below the root of its crate, such as `["value", "read"]`.
pub(super) type Module = Vec<String>;

/// The modules to which the source of `module` refers. `tokens` is this source, and `modules`
/// contains all modules of the crate.
pub(super) fn references(
    module: &[String],
    tokens: &[Token],
    modules: &BTreeSet<Module>,
) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let begins = at == 0 || tokens[at - 1] != "::";
        let goes_on = tokens.get(at + 1).is_some_and(|next| next == "::");
        if begins && goes_on && ["crate", "self", "super"].contains(&token.as_str()) {
            tree(&tokens[at..], &mut Vec::new(), &mut |path| {
                let resolved = resolve(module, path);
                found.extend(resolved.and_then(|path| leads_to(path, modules)));
            });
        }
    }
    found
}

/// Calls `on` with every path of a tree such as `crate::{a::b, c as d}`, and returns the number of
/// tokens in the tree.
fn tree(tokens: &[Token], prefix: &mut Vec<String>, on: &mut impl FnMut(&[String])) -> usize {
    let length = prefix.len();
    let mut at = 0;
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => {
                at += 1 + group(&tokens[at + 1..], prefix, on);
                break;
            }
            Some(name) if is_name(name) => prefix.push(name.to_owned()),
            _ => {
                on(prefix);
                break;
            }
        }
        at += 1;
        if tokens.get(at).is_some_and(|next| next == "::") {
            at += 1;
        } else {
            on(prefix);
            break;
        }
    }
    prefix.truncate(length);
    at
}

/// Calls `on` with every path of the trees in a group, and returns the number of tokens up to and
/// including the `}` of the group.
fn group(tokens: &[Token], prefix: &mut Vec<String>, on: &mut impl FnMut(&[String])) -> usize {
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "}" => return at + 1,
            "," | "*" => at += 1,
            "as" => at += 2,
            _ => at += tree(&tokens[at..], prefix, on).max(1),
        }
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Resolves a path in `module` to a path from the root of the crate. `None` if a `super` leaves the
/// crate.
fn resolve(module: &[String], path: &[String]) -> Option<Module> {
    let mut resolved = module.to_vec();
    for (at, name) in path.iter().enumerate() {
        match name.as_str() {
            "crate" if at == 0 => resolved.clear(),
            "self" => {}
            "super" => {
                resolved.pop()?;
            }
            name => resolved.push(name.to_owned()),
        }
    }
    Some(resolved)
}

/// The longest prefix of `path` that is the path of a module, or `None` if no prefix is one.
fn leads_to(mut path: Module, modules: &BTreeSet<Module>) -> Option<Module> {
    while !path.is_empty() && !modules.contains(&path) {
        path.pop();
    }
    (!path.is_empty()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::super::code::tokens;
    use super::*;

    fn module(path: &str) -> Module {
        path.split("::").map(str::to_owned).collect()
    }

    #[test]
    fn every_kind_of_path_to_a_module_is_found() {
        let modules = ["a", "a::b", "c", "c::d", "e", "f", "g"].map(module);
        let text = "use crate::{c::{self, d::Thing as Other}, e};
            use super::b::*;
            fn f(x: crate::f::Type<crate::g::Type>) { not_a::crate_path(); }";
        let found = references(&module("a::h"), &tokens(text), &modules.into());
        let expected = ["a::b", "c", "c::d", "e", "f", "g"].map(module);
        assert_eq!(found, BTreeSet::from(expected));
    }

    #[test]
    fn an_item_of_the_root_is_not_a_module() {
        let found = references(
            &module("a"),
            &tokens("use crate::Thing; use super::Other;"),
            &[module("a")].into(),
        );
        assert_eq!(found, BTreeSet::new());
    }
}
