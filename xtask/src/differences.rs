//! Runs recorded cases (a command line of jq with its input and the expected output) in which an
//! earlier ct-jq did not print what jq prints.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The files that some recorded cases read: the recorded name of the file, and its content.
const FILES: [(&str, &str); 2] = [("fz/m/a", "{}\n]"), ("fz/m/b", "{\"b\":1}")];

/// Runs the cases in the file `recorded`, one JSON value per line, and returns the cases in which
/// `program` differs from jq.
///
/// Cases whose input was not recorded are skipped.
pub(crate) fn failed(recorded: &Path, program: &Path) -> Result<BTreeSet<String>> {
    let text = fs::read_to_string(recorded)
        .with_context(|| format!("cannot read {}", recorded.display()))?;
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("fz/m"))?;
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text)?;
    }
    let mut failed = BTreeSet::new();
    for (number, line) in text.lines().enumerate() {
        let case: Value = serde_json::from_str(line)?;
        let words = strings(&case["argv"]);
        let input = text_of(&case["stdin"]);
        let is_known =
            |word: &&String| !word.starts_with("fz/") || FILES.iter().any(|(name, _)| name == word);
        if input.starts_with('<') || !words.iter().all(|word| is_known(&word)) {
            continue;
        }
        if !passes(&case, program, folder.path(), &words, input)? {
            failed.insert(format!("{}: {}", number + 1, text_of(&case["class"])));
        }
    }
    Ok(failed)
}

fn passes(
    case: &Value,
    program: &Path,
    folder: &Path,
    words: &[String],
    input: &str,
) -> Result<bool> {
    let mut command = Command::new(program);
    command
        .args(words)
        .env_clear()
        .env("TZ", "UTC")
        .current_dir(folder);
    for (name, value) in case["env"].as_object().into_iter().flatten() {
        command.env(name, text_of(value));
    }
    let piped = || Stdio::piped();
    let mut child = command
        .stdin(piped())
        .stdout(piped())
        .stderr(piped())
        .spawn()?;
    // The write fails if the program exits without reading its input.
    let _ = child
        .stdin
        .take()
        .map(|mut stdin| stdin.write_all(&bytes(input)));
    let output = child.wait_with_output()?;
    let status = output.status.code().map(i64::from);
    Ok(output.stdout == text_of(&case["want_stdout"]).as_bytes()
        && output.stderr == text_of(&case["want_stderr"]).as_bytes()
        && status == case["want_exit"].as_i64())
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn strings(value: &Value) -> Vec<String> {
    let words = value.as_array().into_iter().flatten();
    words.map(|word| text_of(word).to_owned()).collect()
}

/// The bytes of `text`. `\xNN` in the text stands for a byte that is not UTF-8.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split("\\x");
    bytes.extend(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        match part.get(..2).map(|digits| u8::from_str_radix(digits, 16)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            _ => bytes.extend(part.as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_stands_for_its_byte() {
        assert_eq!(bytes("a\\xffb"), b"a\xffb");
    }
}
