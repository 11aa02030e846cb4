//! Values that name a file: `file://` and `fileb://`, with the AWS CLI's words for one that cannot be read.

use std::collections::HashMap;
use std::io;

/// The variables of the environment.
pub(crate) type Variables = HashMap<String, String>;

/// What the file that `value` names holds; `None` when it names none.
///
/// # Errors
/// `Unable to load paramfile …`.
pub(crate) fn load(value: &str, variables: &Variables) -> Result<Option<String>, String> {
    let Some(name) = value
        .strip_prefix("file://")
        .or_else(|| value.strip_prefix("fileb://"))
    else {
        return Ok(None);
    };
    let path = expand(name, variables);
    let bytes = std::fs::read(&path).map_err(|error| {
        format!(
            "Unable to load paramfile {value}: {}",
            os_error(&error, &path)
        )
    })?;
    String::from_utf8(bytes).map(Some).map_err(|_| {
        format!(
            "Unable to load paramfile ({path}), text contents could not be decoded.  If this is a \
             binary file, please use the fileb:// prefix instead of the file:// prefix."
        )
    })
}

/// An error of the operating system as Python prints it.
pub(crate) fn os_error(error: &io::Error, path: &str) -> String {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or_default();
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {words}: '{path}'"),
        None => format!("{words}: '{path}'"),
    }
}

/// A leading `~` and the variables in `path` replaced; unknown variables stay as they are.
pub(crate) fn expand(path: &str, variables: &Variables) -> String {
    let path = match (path.strip_prefix('~'), variables.get("HOME")) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{home}{rest}")
        }
        _ => path.to_owned(),
    };
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        let braced = behind
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let (name, length) = if let Some((name, _)) = braced {
            (name, name.len() + 2)
        } else {
            let length = behind
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(behind.len());
            (&behind[..length], length)
        };
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[before.len()..=before.len() + length]),
        }
        rest = &behind[length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        [("HOME", "/home/a"), ("D", "data")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn home_and_variables_are_expanded() {
        for (path, expanded) in [
            ("~/x", "/home/a/x"),
            ("~b/x", "~b/x"),
            ("$D/${D}x/$NONE.$", "data/datax/$NONE.$"),
        ] {
            assert_eq!(expand(path, &variables()), expanded);
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named_in_pythons_words() {
        assert_eq!(
            load("file:///none/x", &variables()),
            Err("Unable to load paramfile file:///none/x: [Errno 2] No such file or directory: '/none/x'".to_owned())
        );
        assert_eq!(load("x", &variables()), Ok(None));
    }
}
