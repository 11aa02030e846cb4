//! Settings from the command line and the environment: style, folders, variables.

use crate::args::help;
use crate::args::{Args, ArgumentValue};
use crate::syntax::SearchFolders;
use crate::value::Val;
use crate::value::text::Text;
use crate::value::write::{Style, colors::Colors};
use crate::{Environment, data};
use std::path::Path;

pub(crate) fn value_of(given: &ArgumentValue) -> Result<Val, String> {
    match given {
        ArgumentValue::Plain(text) => Ok(Val::string(text)),
        ArgumentValue::Json(text) => crate::value::read::parse(text.as_bytes()),
        ArgumentValue::RawFile(path) => data::text(Path::new(path)),
        ArgumentValue::SlurpFile(path) => data::slurp(Path::new(path)),
    }
}

pub(crate) fn style(args: &Args, environment: &Environment) -> Style {
    let variable = |name: &str| environment.variable(name).filter(|value| !value.is_empty());
    let is_colored = args
        .color
        .unwrap_or(environment.stdout_is_terminal && variable("NO_COLOR").is_none());
    let mut colors = Colors::default();
    if let Some(text) = environment.variable("JQ_COLORS") {
        match Colors::parse(&text) {
            Some(chosen) => colors = chosen,
            None => environment.complain("Failed to set $JQ_COLORS"),
        }
    }
    Style {
        indent: args.indent,
        sort_keys: args.sort_keys,
        ascii: args.ascii,
        colors: is_colored.then_some(colors),
    }
}

pub(crate) fn places(args: &Args, environment: &Environment, folder: &Path) -> SearchFolders {
    let absolute = |path: &Path| {
        path.canonicalize()
            .unwrap_or_else(|_| path.to_owned())
            .to_string_lossy()
            .into_owned()
    };
    let here = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let library = match &args.library {
        Some(folders) => folders
            .iter()
            .map(|folder| absolute(Path::new(folder)))
            .collect(),
        None if args.sandbox => Vec::new(),
        None => ["~/.jq", "$ORIGIN/../lib/jq", "$ORIGIN/../lib"]
            .map(str::to_owned)
            .into(),
    };
    SearchFolders {
        library,
        origin: environment.origin.clone(),
        program: absolute(here),
        home: environment.variable("HOME"),
        is_sandbox: args.sandbox,
    }
}

pub(crate) fn object(members: impl IntoIterator<Item = (Text, Val)>) -> Val {
    Val::object(members.into_iter().collect())
}

/// The global variables and their values: those of `--arg` and similar options, `$ARGS`, and
/// `$JQ_BUILD_CONFIGURATION`.
pub(crate) fn variables(args: &Args) -> Result<Vec<(String, Val)>, String> {
    let mut variables = Vec::new();
    for (name, given) in &args.named {
        variables.push((format!("${name}"), value_of(given)?));
    }
    let named = variables
        .iter()
        .map(|(name, value)| (Text::from(&name[1..]), value.clone()));
    let named = object(named);
    let positional = args
        .positional
        .iter()
        .map(value_of)
        .collect::<Result<Vec<_>, _>>()?;
    let all = [
        (Text::from("positional"), Val::array(positional)),
        (Text::from("named"), named),
    ];
    variables.retain(|(name, _)| name != "$ARGS");
    variables.push(("$ARGS".to_owned(), object(all)));
    if !variables
        .iter()
        .any(|(name, _)| name == "$JQ_BUILD_CONFIGURATION")
    {
        variables.push((
            "$JQ_BUILD_CONFIGURATION".to_owned(),
            Val::string(&help::build_configuration()),
        ));
    }
    Ok(variables)
}
