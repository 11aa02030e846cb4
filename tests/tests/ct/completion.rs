//! Tests completion in bash with the scripts that the tools generate.

#![expect(
    clippy::unwrap_used,
    reason = "clippy allows unwrap in tests, but not in their helper functions"
)]

use std::fs;

use ct_tests::Sandbox;

/// The candidates that bash offers at the end of `line`. Like bash, the function splits the line at
/// spaces and equals signs.
fn offered(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let tool = line.split(' ').next().unwrap();
    let words = line.replace('=', " = ");
    let script = format!(
        "source <({tool} --generate bash)
        IFS=' ' read -r -a COMP_WORDS <<<'{words}'
        [[ '{words}' == *' ' && ${{COMP_WORDS[-1]}} != = ]] && COMP_WORDS+=('')
        COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
        $(complete -p {tool} | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let output = sandbox.shell(&script).output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{line}");
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[test]
fn ct_offers_the_tools_and_its_own_subcommands() {
    let sandbox = Sandbox::new();
    assert_eq!(offered(&sandbox, "ct sh"), ["shim"]);
    for tool in ["fetch", "jq", "report", "sim"] {
        for line in ["ct ", "ct help "] {
            let all = offered(&sandbox, line);
            assert!(all.iter().any(|name| name == tool), "{line}{tool}: {all:?}");
        }
    }
    assert_eq!(offered(&sandbox, "ct shim "), ["aws", "jq"]);
}

#[test]
fn ct_offers_a_tools_own_words_after_its_name() {
    let sandbox = Sandbox::new();
    for (through_ct, line) in [
        ("ct fetch --", "ct-fetch --"),
        ("ct fetch --region=us-e", "ct-fetch --region=us-e"),
        ("ct jq --raw", "ct-jq --raw"),
        ("ct check --al", "ct-check --al"),
        ("ct report --", "ct-report --"),
        ("ct sim --", "ct-sim --"),
    ] {
        let offered_by_tool = offered(&sandbox, line);
        assert!(!offered_by_tool.is_empty(), "{line}");
        assert_eq!(offered(&sandbox, through_ct), offered_by_tool, "{line}");
    }
}

#[test]
fn a_foreign_program_is_not_run_for_completion() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\ntouch \"$HOME/was-run\"");
    assert_eq!(offered(&sandbox, "ct hel"), ["help", "hello"]);
    assert_eq!(offered(&sandbox, "ct hello --"), Vec::<String>::new());
    assert!(!fs::exists(sandbox.folder().join("home/was-run")).unwrap());
}

#[test]
fn ct_fetch_offers_its_options_and_their_values() {
    let sandbox = Sandbox::new();
    for (line, expected) in [
        (
            "ct-fetch --event-",
            &["--event-id", "--event-name", "--event-source"][..],
        ),
        ("ct-fetch --region us-east-", &["us-east-1", "us-east-2"]),
        (
            "ct-fetch --region eu-west-1,us-east-",
            &["eu-west-1,us-east-1", "eu-west-1,us-east-2"],
        ),
        ("ct-fetch --region=us-east-", &["us-east-1", "us-east-2"]),
        ("ct-fetch --region a", &["all", "af-south-1", "ap-east-1"]),
        (
            "ct-fetch --event-source cloudtrail",
            &["cloudtrail.amazonaws.com", "cloudtrail-data.amazonaws.com"],
        ),
        ("ct-fetch --format ", &["ndjson", "csv", "tsv", "table"]),
        ("ct-fetch --order=", &["newest", "oldest"]),
        ("ct-fetch -q --read-only t", &["true"]),
    ] {
        let offered = offered(&sandbox, line);
        let first = &offered[..offered.len().min(expected.len())];
        assert_eq!(first, expected, "{line}");
    }
}

#[test]
fn ct_fetch_offers_the_profiles_of_the_aws_configuration() {
    let sandbox = Sandbox::new();
    assert_eq!(
        offered(&sandbox, "ct-fetch --profile "),
        Vec::<String>::new()
    );
    sandbox.write(
        "home/.aws/config",
        "[default]\n[profile prod]\n[profile \"two words\"]\n",
    );
    sandbox.write(
        "home/.aws/credentials",
        "[old]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
    );
    assert_eq!(
        offered(&sandbox, "ct-fetch --profile "),
        ["default", "old", "prod", "two\\ words"]
    );
    let elsewhere = sandbox.write("elsewhere", "[profile other]\n");
    let sandbox = sandbox.with("AWS_CONFIG_FILE", elsewhere);
    assert_eq!(offered(&sandbox, "ct-fetch --profile o"), ["old", "other"]);
}
