//! Tests `ct shim`, which writes a wrapper for `aws` or `jq`. With the wrapper on PATH, existing
//! scripts use the new tools.

use assert_cmd::assert::Assert;
use ct_tests::{Sandbox, programs};

/// A program that prints its own name and each of its arguments.
const ECHO: &str = r#"#!/bin/sh
printf '%s' "${0##*/}"; printf ' [%s]' "$@"; echo
"#;

/// Creates a sandbox with a wrapper for `program` first on PATH. The `ct` that wrote the wrapper is
/// in a folder whose name needs quoting.
fn with_wrapper(program: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.install("aws", ECHO);
    sandbox.install("o'clock $HOME/ct-fetch", ECHO);
    sandbox.install("o'clock $HOME/ct-jq", ECHO);
    let ct = sandbox.folder().join("bin/o'clock $HOME/ct");
    sandbox
        .command("cp")
        .arg(programs().join("ct"))
        .arg(&ct)
        .assert()
        .success();
    let wrapper = sandbox.command(ct).args(["shim", program]).output();
    let wrapper = wrapper.expect("ct is built").stdout;
    let folders = ["first", "second"].map(|name| {
        sandbox.install(&format!("{name}/{program}"), wrapper.clone());
        sandbox.folder().join("bin").join(name)
    });
    // Users may install the wrapper twice. The two copies must not call each other.
    let [first, second] = folders;
    let sandbox = sandbox
        .with_first_on_path(&second)
        .with_first_on_path(&first);
    sandbox.with_first_on_path(&second)
}

fn aws(words: &[&str]) -> Assert {
    with_wrapper("aws")
        .command("aws")
        .args(words)
        .assert()
        .success()
}

#[test]
fn lookup_events_goes_to_ct_fetch_word_for_word() {
    aws(&[
        "cloudtrail",
        "lookup-events",
        "--query",
        "Events[].{a: b}",
        "it's",
        "",
        "*",
        "$x",
    ])
    .stdout("ct-fetch [lookup-events] [--query] [Events[].{a: b}] [it's] [] [*] [$x]\n");
}

#[test]
fn global_options_may_precede_the_command() {
    aws(&[
        "--region",
        "eu-west-1",
        "--debug",
        "cloudtrail",
        "--profile",
        "p q",
        "lookup-events",
    ])
    .stdout("ct-fetch [lookup-events] [--region] [eu-west-1] [--debug] [--profile] [p q]\n");
    aws(&[
        "--output=text",
        "cloudtrail",
        "--reg",
        "us-east-1",
        "lookup-events",
        "--output",
        "json",
    ])
    .stdout("ct-fetch [lookup-events] [--output=text] [--reg] [us-east-1] [--output] [json]\n");
}

#[test]
fn a_value_that_looks_like_the_command_is_a_value() {
    aws(&["--profile", "cloudtrail", "lookup-events"])
        .stdout("aws [--profile] [cloudtrail] [lookup-events]\n");
    aws(&["--profile", "cloudtrail", "cloudtrail", "lookup-events"])
        .stdout("ct-fetch [lookup-events] [--profile] [cloudtrail]\n");
}

#[test]
fn everything_else_goes_to_the_aws_cli() {
    for words in [
        &["--version"] as &[&str],
        &["s3", "ls", "s3://a b/", "", "*"],
        &["cloudtrail", "describe-trails", "--region", "eu-west-1"],
        &["cloudtrail", "lookup-events", "help"],
        &["s3", "cloudtrail", "lookup-events"],
        &["lookup-events", "cloudtrail"],
    ] {
        let words_in_brackets: Vec<String> = words.iter().map(|word| format!("[{word}]")).collect();
        aws(words).stdout(format!("aws {}\n", words_in_brackets.join(" ")));
    }
}

#[test]
fn without_an_aws_cli_the_wrapper_reports_that() {
    let sandbox = with_wrapper("aws");
    let wrappers = sandbox.folder().join("bin/first");
    let sandbox = sandbox.with("PATH", &wrappers);
    let run = sandbox
        .command(wrappers.join("aws"))
        .args(["s3", "ls"])
        .assert();
    run.code(127)
        .stdout("")
        .stderr("aws: no AWS CLI on PATH behind this wrapper: install it, or call ct-fetch\n");
}

/// The wrapper for `aws` after the user has added a line below the first line.
fn edited_wrapper(sandbox: &Sandbox) -> String {
    let output = sandbox.command("ct").args(["shim", "aws"]).output();
    let wrapper = String::from_utf8(output.expect("ct is built").stdout);
    let wrapper = wrapper.expect("a script is text");
    wrapper.replacen('\n', "\n# shellcheck disable=SC2086\n", 1)
}

#[test]
fn edited_wrappers_still_run_the_aws_cli() {
    let sandbox = Sandbox::new();
    let wrapper = edited_wrapper(&sandbox);
    let folders = ["first", "second", "third"].map(|name| sandbox.folder().join("bin").join(name));
    for name in ["first/aws", "second/aws"] {
        sandbox.install(name, wrapper.clone());
    }
    sandbox.install("third/aws", ECHO);
    let path = std::env::join_paths(&folders).expect("the paths contain no colon");
    let path = format!("{}:/usr/bin:/bin", path.to_string_lossy());
    let sandbox = sandbox.with("PATH", path);
    let run = sandbox.command("aws").args(["s3", "ls"]).assert();
    run.success().stdout("aws [s3] [ls]\n").stderr("");
}

#[test]
fn an_edited_wrapper_reports_a_missing_aws_cli() {
    let sandbox = Sandbox::new();
    sandbox.install("aws", edited_wrapper(&sandbox));
    let bin = sandbox.folder().join("bin");
    let sandbox = sandbox.with("PATH", format!("{}:{0}", bin.display()));
    let run = sandbox.command(bin.join("aws")).args(["s3", "ls"]).assert();
    run.code(127)
        .stdout("")
        .stderr("aws: no AWS CLI on PATH behind this wrapper: install it, or call ct-fetch\n");
}

#[test]
fn a_program_that_the_aws_cli_starts_finds_the_aws_cli() {
    let sandbox = Sandbox::new();
    sandbox.install("first/aws", edited_wrapper(&sandbox));
    // The program starts a shell, like an AWS CLI that runs a `credential_process`, and the shell
    // runs `aws` again.
    sandbox.install(
        "second/aws",
        "#!/bin/sh\ncase $1 in s3) sh -c 'aws sts; exit 0' ;; *) echo \"real $1\" ;; esac\n",
    );
    let folders = ["first", "second"].map(|name| sandbox.folder().join("bin").join(name));
    let path = std::env::join_paths(&folders).expect("the paths contain no colon");
    let path = format!("{}:/usr/bin:/bin", path.to_string_lossy());
    let sandbox = sandbox.with("PATH", path);
    let run = sandbox.command("aws").args(["s3", "ls"]).assert();
    run.success().stdout("real sts\n").stderr("");
}

#[test]
fn jq_is_ct_jq() {
    let sandbox = with_wrapper("jq");
    let run = sandbox
        .command("jq")
        .args(["-r", ".a | \"it's\"", ""])
        .assert();
    run.success().stdout("ct-jq [-r] [.a | \"it's\"] []\n");
}

#[test]
fn aws_is_the_default_program() {
    let sandbox = Sandbox::new();
    let shim = |words: &[&str]| {
        sandbox
            .command("ct")
            .args(words)
            .output()
            .expect("ct is built")
    };
    assert_eq!(shim(&["shim"]), shim(&["shim", "aws"]));
}

#[test]
#[ignore = "needs the AWS CLI: cargo xtask shared"]
fn the_real_aws_cli_runs_behind_the_wrapper() {
    let sandbox = Sandbox::new();
    let real = sandbox
        .command("aws")
        .arg("--version")
        .output()
        .expect("the AWS CLI is installed");
    sandbox.install("aws", "");
    let wrapper = sandbox
        .command("ct")
        .arg("shim")
        .output()
        .expect("ct is built");
    sandbox.write("bin/aws", wrapper.stdout);
    let run = sandbox.command("aws").arg("--version").assert();
    run.success().stdout(real.stdout);
}
