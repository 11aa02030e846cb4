//! Tests how `ct` finds and runs the tools.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use ct_tests::{Sandbox, programs};

#[test]
fn a_tool_receives_its_arguments_unchanged_and_its_status_is_passed_through() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\nprintf '[%s]' \"$@\"; exit 42");
    let run = sandbox
        .command("ct")
        .args(["hello", "--list", "a b", "", "*", "--", "-h"])
        .assert();
    run.code(42).stdout("[--list][a b][][*][--][-h]").stderr("");
}

#[test]
fn a_signal_to_a_tool_ends_the_tool() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\nkill -TERM $$");
    sandbox.command("ct").arg("hello").assert().interrupted();
}

#[test]
fn a_tool_next_to_ct_takes_precedence_over_path() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\necho on PATH");
    sandbox.install("beside/ct-hello", "#!/bin/sh\necho beside");
    let ct = sandbox.folder().join("bin/beside/ct");
    sandbox
        .command("cp")
        .arg(programs().join("ct"))
        .arg(&ct)
        .assert()
        .success();
    sandbox
        .command(ct)
        .arg("hello")
        .assert()
        .success()
        .stdout("beside\n");
}

#[test]
fn every_tool_is_listed_once_with_its_path() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\n");
    let bin = sandbox.folder().join("bin");
    let sandbox = sandbox.with("PATH", &bin);
    let (ours, users) = (programs().display(), bin.display());
    let run = sandbox
        .command(programs().join("ct"))
        .arg("--list")
        .assert();
    run.success().stdout(format!(
        "check\t{ours}/ct-check\nfetch\t{ours}/ct-fetch\nhello\t{users}/ct-hello\njq\t{ours}/ct-jq\nreport\t{ours}/ct-report\nsim\t{ours}/ct-sim\n"
    ));
}

#[test]
fn a_name_with_control_characters_is_listed_escaped() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-\u{1b}[2J\n", "#!/bin/sh\n");
    let bin = sandbox.folder().join("bin");
    let sandbox = sandbox.with("PATH", &bin);
    let run = sandbox
        .command(programs().join("ct"))
        .arg("--list")
        .assert();
    let listed = String::from_utf8(run.success().get_output().stdout.clone());
    let listed = listed.expect("names are escaped");
    let bin = bin.display();
    assert_eq!(
        listed.lines().next(),
        Some(format!("\\u{{1b}}[2J\\n\t{bin}/ct-\\u{{1b}}[2J\\n").as_str())
    );
}

#[test]
fn a_file_that_is_not_executable_is_not_a_tool() {
    let sandbox = Sandbox::new();
    sandbox.write("bin/ct-notes", "not a program");
    let run = sandbox.command("ct").arg("notes").assert();
    run.code(252)
        .stdout("")
        .stderr("ct: there is no tool `notes`: see ct --list\n");
}

#[test]
fn a_program_that_cannot_start_is_named() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-broken", "#!/no/such/shell\n");
    let program = sandbox.folder().join("bin/ct-broken");
    let message = format!(
        "ct: cannot run {}: No such file or directory (os error 2): check that it is built for this machine\n",
        program.display()
    );
    sandbox
        .command("ct")
        .arg("broken")
        .assert()
        .code(255)
        .stdout("")
        .stderr(message);
}

#[test]
fn a_mistyped_name_is_answered_with_the_closest_tool() {
    let run = Sandbox::new()
        .command("ct")
        .args(["fetsh", "--since", "1d"])
        .assert();
    run.code(252)
        .stdout("")
        .stderr("ct: there is no tool `fetsh`: did you mean `ct fetch`?\n");
}

#[test]
fn a_name_with_a_slash_finds_no_tool() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-folder/evil", "#!/bin/sh\necho evil");
    let run = sandbox.command("ct").arg("folder/evil").assert();
    run.code(252)
        .stdout("")
        .stderr("ct: there is no tool `folder/evil`: see ct --list\n");
}

#[test]
fn an_unknown_option_is_reported_on_one_line() {
    let run = Sandbox::new().command("ct").arg("--lst").assert();
    run.code(252)
        .stdout("")
        .stderr("ct: unexpected argument '--lst' found: did you mean --list?\n");
}

#[test]
fn a_name_that_is_not_utf_8_is_named() {
    let name = OsStr::from_bytes(b"fe\xfftch");
    let run = Sandbox::new().command("ct").arg(name).assert();
    run.code(252)
        .stdout("")
        .stderr("ct: there is no tool `fe\u{fffd}tch`: did you mean `ct fetch`?\n");
}

#[test]
fn a_list_and_a_tool_cannot_be_requested_together() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\necho \"$@\"");
    for words in [["--list", "hello"], ["--list", "shim"]] {
        let run = sandbox.command("ct").args(words).assert();
        run.code(252)
            .stdout("")
            .stderr("ct: --list takes no further arguments: remove them\n");
    }
}

#[test]
fn an_unsupported_wrapper_is_answered_with_the_supported_ones() {
    let run = Sandbox::new().command("ct").args(["shim", "foo"]).assert();
    run.code(252)
        .stdout("")
        .stderr("ct: invalid value 'foo' for '[PROGRAM]': give aws or jq\n");
}

#[test]
fn help_for_cts_own_subcommands_is_its_own() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-shim", "#!/bin/sh\necho not this");
    for job in ["help", "shim"] {
        let told = |words: [&str; 2]| sandbox.command("ct").args(words).output().unwrap();
        assert_eq!(told(["help", job]), told([job, "--help"]));
    }
}

#[test]
fn help_for_a_tool_is_the_tools_own_help() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\necho \"$@\"");
    sandbox
        .command("ct")
        .args(["help", "hello"])
        .assert()
        .success()
        .stdout("--help\n");
}

#[test]
fn help_for_a_topic_is_a_page_of_the_documentation_unless_a_tool_has_the_name() {
    let sandbox = Sandbox::new();
    let help = |topic: &str| sandbox.command("ct").args(["help", topic]).assert();
    let page = include_str!("../../../docs/archives.md");
    help("archives").success().stdout(page);
    sandbox.install("ct-archives", "#!/bin/sh\necho \"$@\"");
    help("archives").success().stdout("--help\n");
}

#[test]
fn every_page_of_the_documentation_is_a_topic() {
    let index = include_str!("../../../docs/README.md");
    let rows = index.lines().filter_map(|line| line.strip_prefix("| ["));
    let names: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    let sandbox = Sandbox::new();
    let help = sandbox.command("ct").arg("help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, topics) = help.split_once("ct help TOPIC:\n").unwrap();
    let (topics, _) = topics.split_once("\n\n").unwrap();
    let topics = topics
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    assert_eq!(topics.collect::<Vec<_>>(), names);
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap();
    let pages = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let pages = pages.filter(|page| {
        page.strip_suffix(".md")
            .is_some_and(|stem| stem != "README")
    });
    for page in pages {
        assert!(
            index.contains(&format!("]({page})")),
            "{page} is not in the index"
        );
    }
}

#[test]
fn a_link_called_cargo_ct_is_ct() {
    let sandbox = Sandbox::new();
    sandbox.install("ct-hello", "#!/bin/sh\necho \"$@\"");
    let link = sandbox.folder().join("bin/cargo-ct");
    symlink(programs().join("ct"), link).unwrap();
    let run = sandbox
        .command("cargo-ct")
        .args(["ct", "hello", "ct"])
        .assert();
    run.success().stdout("ct\n");
}

#[test]
#[ignore = "needs the AWS CLI: cargo xtask shared"]
fn aws_ct_is_ct_except_for_options_that_the_aws_cli_takes() {
    let sandbox = Sandbox::new().with("AWS_REGION", "eu-west-1");
    sandbox.write("home/.aws/cli/alias", "[toplevel]\nct = !ct\n");
    sandbox.install(
        "ct-hello",
        "#!/bin/sh\necho \"$AWS_REGION\" \"$@\"; exit 42",
    );
    let words = ["ct", "hello", "--region", "us-east-1", "--since", "7d"];
    let run = sandbox.command("aws").args(words).assert();
    run.code(42).stdout("eu-west-1 --since 7d\n");
}

#[test]
fn a_reader_that_left_ends_ct_quietly() {
    let (reader, writer) = io::pipe().expect("the system has pipes");
    drop(reader);
    let sandbox = Sandbox::new();
    let mut ct = sandbox.process("ct");
    ct.arg("--help").stdout(writer).stderr(Stdio::piped());
    let run = ct.output().expect("ct is built");
    assert_eq!((run.status.code(), run.stderr), (Some(141), vec![]));
}

#[test]
fn help_lists_the_tools_with_the_first_line_of_their_own_help() {
    let sandbox = Sandbox::new();
    let told = |words: &[&str]| {
        let output = sandbox.command("ct").args(words).output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
        String::from_utf8(output.stdout).unwrap()
    };
    let lines = ["check", "fetch", "jq", "report", "sim"].map(|name| {
        let help = told(&[name, "--help"]);
        format!("  {name:<6}  {}\n", help.lines().next().unwrap())
    });
    let tools = format!("Tools:\n{}", lines.concat());
    for words in [&[][..], &["--help"], &["-h"], &["help"]] {
        let help = told(words);
        assert_eq!(&help[help.find("Tools:").unwrap()..], tools, "{words:?}");
    }
}
