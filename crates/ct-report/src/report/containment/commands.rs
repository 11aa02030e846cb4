//! Writes commands that contain values from records. A hostile value cannot act as an option, a
//! file name or a command.

use ct_core::cli::shell;
use foldhash::HashSet;

/// The maximum number of commands in a report.
const COMMANDS: usize = 200;

/// A policy that denies all actions to sessions that started before the command runs. The policy is
/// in shell syntax, and the shell inserts the current time.
const REVOKE: &str = r#"'{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"'"}}}]}'"#;

/// The prefixes of values that the AWS CLI would replace with the content of a file or a web page.
const LOADED: [&str; 4] = ["file:", "fileb:", "http:", "https:"];

/// The maximum length of a value in bytes, which is the maximum length of an ARN.
const VALUE_BYTES: usize = 2048;

/// A list of containment commands without duplicates.
#[derive(Default)]
pub(super) struct Commands {
    known: HashSet<String>,
    list: Vec<String>,
}

impl Commands {
    /// Adds a command with options whose values come from records.
    pub(super) fn add(&mut self, account: &str, command: &str, options: &[(&str, &str)]) {
        self.add_with(account, command, options, "");
    }

    /// Adds a command that denies everything to the existing sessions of a user or a role.
    pub(super) fn revoke(&mut self, account: &str, command: &str, whom: (&str, &str)) {
        let policy = format!(" --policy-name AWSRevokeOlderSessions --policy-document {REVOKE}");
        self.add_with(account, command, &[whom], &policy);
    }

    /// Adds a comment line with a sentence. The sentence describes an action for which there is no
    /// AWS CLI command, or states that a value is not safe in a command.
    pub(super) fn note(&mut self, account: &str, sentence: &str) {
        self.push(format!("# account {}: {sentence}", id(account)));
    }

    fn add_with(&mut self, account: &str, command: &str, options: &[(&str, &str)], end: &str) {
        if !options.iter().all(|(_, value)| is_value(value)) {
            let what = "a record contains a name that is not safe in a command: check the record";
            self.note(account, what);
            return;
        }
        let mut text = format!("# account {}\n{command}", id(account));
        for (name, value) in options {
            let value = shell::quoted(value.as_bytes());
            text.extend([" ", name, " ", &String::from_utf8_lossy(&value)]);
        }
        self.push(text + end);
    }

    fn push(&mut self, command: String) {
        if self.known.insert(command.clone()) {
            self.list.push(command);
        }
    }

    /// Returns the commands. If there are more than [`COMMANDS`], the last element says how many
    /// commands are omitted.
    pub(super) fn finish(mut self) -> Vec<String> {
        if self.list.len() > COMMANDS {
            let more = self.list.len() - COMMANDS;
            self.list.truncate(COMMANDS);
            self.list.push(format!(
                "# {more} more commands of these kinds are not shown"
            ));
        }
        self.list
    }
}

/// The account ID, or `unknown` if it is invalid, because an invalid ID could contain a line end
/// and thus end the comment.
fn id(account: &str) -> &str {
    let is_id = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    if is_id { account } else { "unknown" }
}

/// Whether a text is at most [`VALUE_BYTES`] long, and the AWS CLI treats it as a value, not as an
/// option or a file name.
fn is_value(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= VALUE_BYTES
        && !text.starts_with('-')
        && !LOADED.iter().any(|prefix| text.starts_with(prefix))
        && !text.chars().any(char::is_control)
}
