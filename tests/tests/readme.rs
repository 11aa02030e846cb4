//! Every command in README.md, as typed.

use assert_cmd::assert::Assert;
use ct_tests::{Sandbox, is_installed, programs};

const README: &str = include_str!("../../README.md");

/// The records that README's example of a window asks for, and a busy account's of the last 30 days.
const EVENTS: &str = concat!(
    "--events '",
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/seoul.ndjson' --generate 2000"
);

/// The script of each `sh` block that stands under `heading`, or under any.
fn blocks(heading: Option<&str>) -> Vec<&'static str> {
    let sections = README.split("\n## ");
    let sections =
        sections.filter(|section| heading.is_none_or(|heading| section.starts_with(heading)));
    let blocks = sections.flat_map(|section| section.split("\n```sh\n").skip(1));
    blocks
        .map(|block| block.split("```").next().expect("split gives at least one"))
        .collect()
}

/// The recipe that looks for what must not happen.
fn recipe() -> &'static str {
    blocks(Some("In CI"))[0]
}

/// The commands in the second column of the tables.
fn commands_in_tables() -> Vec<String> {
    let rows = README.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1));
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let commands = spans.filter(|span| span.starts_with("ct") && span.contains(' '));
    commands
        .map(|command| command.replace("\\|", "|"))
        .collect()
}

/// A home as README has it, in which cargo is there without a second build.
fn home() -> Sandbox {
    let sandbox = Sandbox::new().with("CT_BIN_DIR", programs());
    sandbox.write("home/.aws/cli/alias", "[toplevel]\nct = !ct\n");
    sandbox.write("home/bin/.keep", "");
    let cargo = format!(
        "#!/bin/sh\n[ \"$1\" = xtask ] && shift && exec '{}/xtask' \"$@\"\n",
        programs().display()
    );
    sandbox.install("cargo", cargo);
    sandbox
}

/// Runs a script beside a ct-sim with these options.
fn run(sandbox: &Sandbox, sim: &str, script: &str) -> Assert {
    let script = format!("eval \"$(ct-sim {sim} &)\"\ntrap \"kill $CT_SIM_PID\" EXIT\n{script}");
    sandbox.shell(&script).assert()
}

#[test]
fn every_block_runs_as_typed_and_prints_something() {
    let sandbox = home();
    for block in blocks(None).into_iter().filter(|block| *block != recipe()) {
        if block.contains("aws ") && !is_installed("aws") {
            continue;
        }
        let script = block.replace("cargo xtask test\n", "");
        let output = run(&sandbox, EVENTS, &format!("set -e\n{script}"))
            .get_output()
            .clone();
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{block}\n{} {messages}",
            output.status
        );
        assert_ne!(output.stdout, b"", "{block}\n{messages}");
    }
}

#[test]
fn every_command_of_the_tables_runs_as_typed() {
    let sandbox = home();
    let commands = commands_in_tables();
    assert_eq!(commands.len(), 9, "{commands:#?}");
    for command in commands {
        run(&sandbox, EVENTS, &command).success();
    }
}

#[test]
fn the_window_of_the_example_holds_the_machine_that_was_started() {
    let example = blocks(None)
        .into_iter()
        .find(|block| block.contains("09:00 AM"));
    run(&home(), EVENTS, example.expect("README has that example"))
        .success()
        .stdout(
            r#"{
  "eventTime": "2020-10-01T13:35:58Z",
  "eventName": "RunInstances",
  "eventSource": "ec2.amazonaws.com",
  "awsRegion": "ap-northeast-2",
  "instanceType": "t2.micro"
}
"#,
        );
}

#[test]
fn the_recipe_for_ci_is_green_when_there_are_no_hits() {
    run(
        &home(),
        EVENTS.split(" --generate").next().unwrap(),
        recipe(),
    )
    .success()
    .stdout("");
}

#[test]
fn the_recipe_for_ci_is_red_with_the_hits_when_there_are_some() {
    let run = run(&home(), EVENTS, recipe()).code(1);
    let hits = String::from_utf8_lossy(&run.get_output().stdout);
    assert!(
        hits.lines()
            .any(|hit| hit.contains(r#""eventName":"StopLogging""#)),
        "{hits}"
    );
}

#[test]
fn the_recipe_for_ci_is_red_when_the_service_refuses() {
    run(&home(), "--generate 1 --fault denied", recipe())
        .code(254)
        .stdout("");
}

#[test]
fn the_recipe_for_ci_is_red_when_nobody_answers() {
    run(
        &home(),
        "--generate 1",
        &format!("kill $CT_SIM_PID; trap - EXIT\n{}", recipe()),
    )
    .code(255)
    .stdout("");
}

/// Runs a script twice beside one ct-sim, and gives the statuses and what each printed.
fn twice(script: &str) -> String {
    let both = format!(
        "mkdir job; cd job\ncat >script <<'END'\n{script}\nEND\nfor run in 1 2; do\nsh_status=0; bash script || sh_status=$?\necho \"run $run: $sh_status\"\ndone"
    );
    let run = run(&home(), EVENTS, &both).success();
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

#[test]
fn the_recipe_for_cron_appends_each_event_once() {
    let line = README
        .lines()
        .find_map(|line| line.strip_prefix("*/15 * * * * "));
    let count = "ct-jq -r .eventID ~/cloudtrail/changes.ndjson | sort | uniq -c | sort -rn | sed -n '1s/ [^ ]*$//p;$='";
    let printed = twice(&format!("set -e\n{}\n{count}", line.unwrap()));
    let words: Vec<&str> = printed.split_whitespace().collect();
    let [once, events, "run", "1:", "0", again, all, "run", "2:", "0"] = words[..] else {
        panic!("{printed}");
    };
    assert_eq!((once, again, events), ("1", "1", all));
    assert_ne!(events, "0");
}

#[test]
fn the_recipe_for_a_scheduled_workflow_is_red_once_for_each_hit() {
    let (_, rest) = README.split_once("      - run: |\n").unwrap();
    let (script, _) = rest.split_once("      - uses:").unwrap();
    let script: String = script
        .lines()
        .map(|line| line.strip_prefix("          ").unwrap_or(line).to_owned() + "\n")
        .collect();
    let printed = twice(&script);
    let (hits, second) = printed.split_once("run 1: 1\n").unwrap();
    assert!(hits.contains(r#""eventName":"StopLogging""#), "{printed}");
    assert_eq!(second, "run 2: 0\n");
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = include_str!("../../Cargo.toml");
    let (_, rest) = manifest.split_once("[workspace.dependencies]\n").unwrap();
    let (dependencies, _) = rest.split_once("\n[").unwrap();
    let names = dependencies
        .lines()
        .filter_map(|line| line.split_once(" = "));
    let outside = names
        .filter(|(_, what)| !what.contains("path = "))
        .map(|(name, _)| name);
    let readme = include_str!("../../README.md");
    let unexplained: Vec<&str> = outside
        .filter(|name| !readme.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(unexplained, [""; 0]);
}
