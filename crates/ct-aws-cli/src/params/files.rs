//! Loads values that refer to a file (`file://` and `fileb://`), with the AWS CLI's messages for
//! files that cannot be read.

use std::borrow::Cow;

use ct_aws::config::Variables;
use ct_aws::python::path::{expand, os_error};
use encoding_rs::Encoding;

use crate::screen::encoding;

/// The content of the file that `value` refers to, or `None` if `value` does not refer to a file.
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
        // Python's text mode converts all line ends.
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }))
}

/// Decodes `bytes` from the encoding `name`. Returns `None` if the bytes are not valid in this
/// encoding.
fn decode(name: &str, bytes: &[u8]) -> Result<Option<String>, ()> {
    let label = encoding::label(name);
    let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or(())?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
    Ok(text.map(Cow::into_owned))
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
    fn a_text_file_has_its_line_ends_and_encoding_converted() {
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
    fn a_missing_file_is_reported_with_pythons_message() {
        assert_eq!(
            load("file:///none/x", &variables()),
            Err("Unable to load paramfile file:///none/x: [Errno 2] No such file or directory: '/none/x'".to_owned())
        );
        assert_eq!(load("x", &variables()), Ok(None));
    }
}
