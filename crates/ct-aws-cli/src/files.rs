//! Values that name a file: `file://` and `fileb://`, with the AWS CLI's words for one that cannot be read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use encoding_rs::Encoding;

use super::encoding;

/// The variables of the environment.
pub(crate) type Variables = HashMap<String, String>;

/// What the file that `value` names holds; `None` when it names none.
///
/// # Errors
/// `Unable to load paramfile …`.
pub(crate) fn load(value: &str, variables: &Variables) -> Result<Option<String>, String> {
    let (name, is_text) = match (
        value.strip_prefix("file://"),
        value.strip_prefix("fileb://"),
    ) {
        (Some(name), _) => (name, true),
        (None, Some(name)) => (name, false),
        (None, None) => return Ok(None),
    };
    let path = expand(name, variables);
    let bytes = std::fs::read(&path).map_err(|error| {
        format!(
            "Unable to load paramfile {value}: {}",
            os_error(&error, &path)
        )
    })?;
    let encoding = variables
        .get("AWS_CLI_FILE_ENCODING")
        .filter(|name| is_text && !name.is_empty());
    let text = match encoding {
        None => String::from_utf8(bytes).ok(),
        Some(name) => decode(name, &bytes).map_err(|()| format!("unknown encoding: {name}"))?,
    };
    let text = text.ok_or_else(|| {
        format!(
            "Unable to load paramfile ({path}), text contents could not be decoded.  If this is a \
             binary file, please use the fileb:// prefix instead of the file:// prefix."
        )
    })?;
    Ok(Some(if is_text {
        // Python's text mode knows one line end.
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }))
}

/// The text of `bytes` in the encoding `name`, where they are one.
fn decode(name: &str, bytes: &[u8]) -> Result<Option<String>, ()> {
    let label = encoding::label(name);
    let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or(())?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    Ok(text.map(Cow::into_owned))
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
    fn a_text_file_has_one_kind_of_line_end_and_the_encoding_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v");
        std::fs::write(&path, b"a\r\nb\rc\n").unwrap();
        let name = path.display();
        let read = |word: &str, variables: Variables| load(word, &variables);
        assert_eq!(
            read(&format!("file://{name}"), variables()),
            Ok(Some("a\nb\nc\n".to_owned()))
        );
        assert_eq!(
            read(&format!("fileb://{name}"), variables()),
            Ok(Some("a\r\nb\rc\n".to_owned()))
        );
        std::fs::write(&path, b"\xb0\xfc").unwrap();
        let encoded =
            |encoding: &str| [("AWS_CLI_FILE_ENCODING".to_owned(), encoding.to_owned())].into();
        assert_eq!(
            read(&format!("file://{name}"), encoded("euc-kr")),
            Ok(Some("관".to_owned()))
        );
        assert_eq!(
            read(&format!("file://{name}"), encoded("nope")),
            Err("unknown encoding: nope".to_owned())
        );
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
