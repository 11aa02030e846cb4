//! Roles to assume, from the command line or a file.

use std::str::FromStr;

/// A role in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The ARN as typed.
    pub arn: String,
    /// The account ID: 12 digits.
    pub account: String,
}

/// The error for a string that is not the ARN of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoRole;

impl std::fmt::Display for NoRole {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a role ARN looks like arn:aws:iam::444455556666:role/audit")
    }
}

impl std::error::Error for NoRole {}

impl FromStr for Role {
    type Err = NoRole;

    /// Parses the ARN of a role. Source: IAM user guide, "IAM identifiers".
    fn from_str(arn: &str) -> Result<Self, NoRole> {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let &["arn", partition, "iam", "", account, role] = parts.as_slice() else {
            return Err(NoRole);
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let has_name = role
            .strip_prefix("role/")
            .is_some_and(|path| !path.is_empty() && !path.ends_with('/'));
        let is_plain = arn.bytes().all(|byte| byte.is_ascii_graphic());
        if !partition.starts_with("aws") || !is_account || !has_name || !is_plain {
            return Err(NoRole);
        }
        Ok(Self {
            arn: arn.to_owned(),
            account: account.to_owned(),
        })
    }
}

/// Parses a file of roles, with one ARN per line. A `#` at the start of a line or after a space starts a comment.
///
/// # Errors
/// The number and the text of the first invalid line.
///
/// ```
/// use ct_aws::role;
///
/// let roles = role::list("# ours\narn:aws:iam::444455556666:role/audit  # logs\n\n").unwrap();
/// assert_eq!(roles[0].account, "444455556666");
/// assert_eq!(role::list("\naudit\n"), Err((2, "audit".to_owned())));
/// ```
pub fn list(text: &str) -> Result<Vec<Role>, (usize, String)> {
    let lines = text
        .lines()
        .map(|line| without_comment(line).trim())
        .zip(1..);
    let lines = lines.filter(|(line, _)| !line.is_empty());
    lines
        .map(|(line, number)| line.parse().map_err(|NoRole| (number, line.to_owned())))
        .collect()
}

fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    let comment = line.char_indices().find(|&(_, character)| {
        let begins = character == '#' && before.is_whitespace();
        before = character;
        begins
    });
    comment.map_or(line, |(at, _)| &line[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_contains_the_roles_account() {
        for arn in [
            "arn:aws:iam::444455556666:role/audit",
            "arn:aws-cn:iam::444455556666:role/a/path/x+=@-#y",
        ] {
            assert_eq!(
                arn.parse(),
                Ok(Role {
                    arn: arn.to_owned(),
                    account: "444455556666".to_owned()
                })
            );
        }
    }

    #[test]
    fn a_text_that_is_not_a_roles_arn_is_refused() {
        for text in [
            "",
            "audit",
            "444455556666",
            "arn:aws:iam::44445555666:role/audit",
            "arn:aws:iam::444455556666:user/audit",
            "arn:aws:iam::444455556666:role/",
            "arn:aws:sts::444455556666:assumed-role/audit/me",
            "arn:aws:iam::444455556666:role/a b",
        ] {
            assert_eq!(text.parse::<Role>(), Err(NoRole), "{text}");
        }
    }

    #[test]
    fn a_hash_in_a_roles_name_does_not_start_a_comment() {
        let roles = list("arn:aws:iam::444455556666:role/a#b #c\r\n").unwrap();
        assert_eq!(roles[0].arn, "arn:aws:iam::444455556666:role/a#b");
    }
}
