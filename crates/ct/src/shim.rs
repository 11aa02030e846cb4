//! Makes wrapper scripts that replace `aws` and `jq`, so that existing scripts use ct-fetch and
//! ct-jq.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use clap::ValueEnum;
use ct_core::cli::shell::quoted;

/// A program that a wrapper script can replace.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Program {
    /// `aws cloudtrail lookup-events` goes to ct-fetch, everything else to the AWS CLI
    Aws,
    /// Everything goes to ct-jq
    Jq,
}

impl Program {
    /// The name, without `ct-`, of the tool that replaces the program.
    pub(crate) fn tool(self) -> &'static str {
        match self {
            Self::Aws => "fetch",
            Self::Jq => "jq",
        }
    }

    /// A POSIX shell script that users install under the program's name. It runs the tool at the
    /// path `tool`.
    pub(crate) fn wrapper(self, tool: &OsStr) -> Vec<u8> {
        let (template, placeholder) = match self {
            Self::Aws => (include_str!("aws.sh"), "'ct-fetch'"),
            Self::Jq => (include_str!("jq.sh"), "'ct-jq'"),
        };
        let (before, after) = template
            .split_once(placeholder)
            .expect("each template names its tool in quotes");
        [
            before.as_bytes(),
            &quoted(tool.as_bytes()),
            after.as_bytes(),
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrapper_runs_its_tool() {
        let wrapper = Program::Jq.wrapper(OsStr::new("/opt/ct/ct-jq"));
        let wrapper = String::from_utf8(wrapper).unwrap();
        assert_eq!(wrapper.lines().last(), Some(r#"exec '/opt/ct/ct-jq' "$@""#));
    }
}
