//! Builds the metadata of a module that `modulemeta` outputs.

use super::constant::Constant;
use super::module::{SearchFolders, read_module};
use super::tree::Dependency;
use super::{Arena, Errors};

/// The reason that the metadata of a module is not available.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MetadataError {
    /// The module cannot be found; contains jq's message.
    Missing(String),
    /// The module has errors.
    Wrong(Errors),
}

/// The metadata of the module `name` as JSON text, with the module's imports and definitions.
///
/// # Errors
/// Fails if the module cannot be found or has errors.
pub(crate) fn module_meta(places: &SearchFolders, name: &str) -> Result<String, MetadataError> {
    let path = places
        .find(name, None, ".jq", None)
        .map_err(MetadataError::Missing)?;
    let arena = Arena::default();
    let (_, parsed) = read_module(&arena, &path).map_err(MetadataError::Wrong)?;
    let mut members = match parsed.meta {
        Some(Constant::Object(members)) => members,
        _ => Vec::new(),
    };
    let dependencies = parsed.dependencies.into_iter().map(dependency).collect();
    let mut defs = Vec::new();
    for def in &parsed.defs {
        let signature = Constant::Text(format!("{}/{}", def.name, def.args.len()));
        if !defs.contains(&signature) {
            defs.push(signature);
        }
    }
    for (name, value) in [
        ("deps", Constant::Array(dependencies)),
        ("defs", Constant::Array(defs)),
    ] {
        set(&mut members, name, value);
    }
    Ok(Constant::Object(members).to_json())
}

fn dependency(dependency: Dependency<'_>) -> Constant {
    let mut members = match dependency.meta {
        Some(Constant::Object(members)) => members,
        _ => Vec::new(),
    };
    if let Some(name) = dependency.name {
        set(
            &mut members,
            "as",
            Constant::Text(name.trim_start_matches('$').to_owned()),
        );
    }
    let is_data = dependency.name.is_some_and(|name| name.starts_with('$'));
    set(&mut members, "is_data", Constant::Bool(is_data));
    set(&mut members, "relpath", Constant::Text(dependency.path));
    Constant::Object(members)
}

fn set(members: &mut Vec<(String, Constant)>, name: &str, value: Constant) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some(member) => member.1 = value,
        None => members.push((name.to_owned(), value)),
    }
}

#[cfg(test)]
mod tests {
    use crate::syntax::constant::quote;

    #[test]
    fn a_name_is_quoted_as_json() {
        assert_eq!(quote("a\"\\\n"), r#""a\"\\\n""#);
    }
}
