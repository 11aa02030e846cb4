//! Runs the commands in README.md and in the pages of `docs/` as written.

use std::thread;

use assert_cmd::assert::Assert;
use ct_tests::{Sandbox, is_installed, programs};
use serde_json::Value;

/// README.md and the pages with commands, except [`INVESTIGATION`], which starts its own ct-sim.
const PAGES: [&str; 5] = [
    include_str!("../../README.md"),
    include_str!("../../docs/event-history.md"),
    include_str!("../../docs/archives.md"),
    include_str!("../../docs/ci.md"),
    include_str!("../../docs/drop-in.md"),
];

/// The text of the page that shows the outputs of its commands.
const INVESTIGATION: &str = include_str!("../../docs/investigate.md");

/// The options of ct-sim for the records that the example with a window selects, and for 2,000
/// records of a busy account from the last 30 days.
const EVENTS: &str = concat!(
    "--events '",
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/seoul.ndjson' --generate 2000"
);

/// The script of each `sh` block in `text`.
fn blocks(text: &'static str) -> impl Iterator<Item = &'static str> {
    let blocks = text.split("\n```sh\n").skip(1);
    blocks.filter_map(|block| block.split("```").next())
}

/// The first script in the section `In CI`: a gate that searches for forbidden events.
fn recipe() -> &'static str {
    let mut sections = PAGES.iter().flat_map(|page| page.split("\n## "));
    let section = sections.find(|section| section.starts_with("In CI\n"));
    let script = section.and_then(|section| blocks(section).next());
    script.expect("a page has the section, which begins with a script")
}

/// The commands in the second column of the tables on the pages.
fn commands_in_tables() -> Vec<String> {
    let lines = PAGES.iter().flat_map(|page| page.lines());
    let rows = lines.filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1));
    let spans = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let commands = spans.filter(|span| span.starts_with("ct") && span.contains(' '));
    commands
        .map(|command| command.replace("\\|", "|"))
        .collect()
}

/// Creates a sandbox with the home directory that the pages assume. The program `cargo` in the
/// sandbox runs xtask without a build.
fn home() -> Sandbox {
    let sandbox = Sandbox::new()
        .with("CT_BIN_DIR", programs())
        .with("CT_FETCH_HISTORY_DAYS", "90");
    sandbox.write("home/.aws/cli/alias", "[toplevel]\nct = !ct\n");
    sandbox.write("home/bin/.keep", "");
    let cargo = format!(
        "#!/bin/sh\n[ \"$1\" = xtask ] && shift && exec '{}/xtask' \"$@\"\n",
        programs().display()
    );
    sandbox.install("cargo", cargo);
    sandbox
}

/// Runs a script with a ct-sim that was started with the options `sim`.
fn run(sandbox: &Sandbox, sim: &str, script: &str) -> Assert {
    let script = format!("eval \"$(ct-sim {sim} &)\"\ntrap \"kill $CT_SIM_PID\" EXIT\n{script}");
    sandbox.shell(&script).assert()
}

#[test]
fn every_block_runs_as_written_and_prints_something() {
    // The pages run in parallel, because their commands wait for the quota.
    thread::scope(|scope| {
        for page in PAGES {
            scope.spawn(move || run_blocks(page));
        }
    });
}

/// Runs the blocks of a page one after another in one sandbox. Each block must print something.
fn run_blocks(page: &'static str) {
    let sandbox = home();
    for block in blocks(page).filter(|block| *block != recipe()) {
        if block.contains("aws ") && !is_installed("aws") {
            continue;
        }
        let script = block.replace("cargo xtask test\n", "");
        let output = run(&sandbox, EVENTS, &format!("set -e\n{script}"))
            .get_output()
            .clone();
        let messages = String::from_utf8_lossy(&output.stderr);
        let status = output.status;
        assert!(status.success(), "{block}\n{status} {messages}");
        assert_ne!(output.stdout, b"", "{block}\n{messages}");
    }
}

#[test]
fn the_investigation_has_the_outputs_that_it_shows() {
    let mut script = String::from("set -e -o pipefail\n");
    let mut shown = Vec::new();
    for block in INVESTIGATION.split("\n```sh\n").skip(1) {
        let (commands, rest) = block.split_once("```\n").expect("a code block has an end");
        let output = rest.strip_prefix("\n```text\n");
        let output = output.and_then(|text| text.split("```\n").next());
        shown.push(output.unwrap_or_default());
        script += "echo '@@@'\n";
        script += commands;
    }
    let run = home().shell(&script).assert().success();
    let printed = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let printed: Vec<&str> = printed.split("@@@\n").skip(1).map(str::trim_end).collect();
    let shown: Vec<&str> = shown.into_iter().map(str::trim_end).collect();
    assert_eq!(printed, shown);
}

#[test]
fn every_command_of_the_tables_runs_as_written() {
    let sandbox = home();
    let commands = commands_in_tables();
    assert_eq!(commands.len(), 12, "{commands:#?}");
    for command in commands {
        run(&sandbox, EVENTS, &command).success();
    }
}

#[test]
fn the_example_of_started_instances_finds_one() {
    let mut blocks = PAGES.into_iter().flat_map(blocks);
    let example = blocks.find(|block| block.contains("instanceType"));
    let run = run(
        &home(),
        EVENTS,
        example.expect("the README contains the example"),
    )
    .success();
    let found = String::from_utf8_lossy(&run.get_output().stdout).into_owned();
    let found = serde_json::Deserializer::from_str(&found).into_iter::<Value>();
    let found: Vec<Value> = found.map(|event| event.expect("JSON")).collect();
    assert!(
        found
            .iter()
            .any(|event| event["eventName"] == "RunInstances"
                && event["awsRegion"] == "ap-northeast-2"
                && event["instanceType"].is_string()),
        "{found:?}"
    );
}

#[test]
fn the_ci_recipe_succeeds_without_hits() {
    run(
        &home(),
        EVENTS.split(" --generate").next().unwrap(),
        recipe(),
    )
    .success()
    .stdout("");
}

#[test]
fn the_ci_recipe_fails_with_the_hits() {
    let run = run(&home(), EVENTS, recipe()).code(1);
    let hits = String::from_utf8_lossy(&run.get_output().stdout);
    assert!(
        hits.lines()
            .any(|hit| hit.contains(r#""eventName":"StopLogging""#)),
        "{hits}"
    );
}

/// Options of ct-fetch that replace the window and the filter of the CI recipe, and the required
/// exit status of the recipe: 252 if the query contains a mistake, 1 if the query finds events.
const ROWS: [(&str, i32); 25] = [
    ("--since 1d --event-name StopLogging,DeleteTrail", 252),
    ("--since 1d --event-source cloudtrail", 252),
    ("--since 1d --event-source cloudtrail.amazonaws.com", 1),
    ("--since 1d --event-name stoplogging", 252),
    ("--since 1d --event-name StopLoging", 252),
    (
        "--since 1d --username arn:aws:iam::111122223333:user/deploy-bot",
        252,
    ),
    ("--since 1d --access-key ABCDEFGHIJK", 252),
    ("--since 1d --access-key AKIAIOSFODNN7EXAMPLE", 1),
    ("--since 1d --read-only yes", 252),
    ("--since 1d --resource-type trail", 252),
    (
        "--since 1d --lookup-attributes AttributeKey=EventName,AttributeValue=stoplogging",
        252,
    ),
    (
        "--since 1d --lookup-attributes AttributeKey=EventSource,AttributeValue=cloudtrail",
        252,
    ),
    (
        "--since 1d --lookup-attributes AttributeKey=ReadOnly,AttributeValue=no",
        252,
    ),
    ("--since -720h --event-name StopLogging", 1),
    ("--since 7 --event-name StopLogging", 252),
    ("--since 2026-11 --event-name StopLogging", 252),
    ("--since 20261101 --event-name StopLogging", 252),
    ("--since 2130-01-01 --event-name StopLogging", 252),
    ("--until 2020-01-01 --event-name StopLogging", 252),
    ("--since 91d --event-name StopLogging", 252),
    ("--since 90d --event-name StopLogging", 1),
    ("--start 1d --event-name StopLogging", 1),
    ("--strat 1d --event-name StopLogging", 252),
    (
        "--since '2026-11-20 10:00 XYZ' --event-name StopLogging",
        252,
    ),
    (
        "--since 1d --event-source '!cloudtrail' --event-name StopLogging",
        252,
    ),
];

#[test]
fn the_ci_recipe_fails_for_every_mistaken_query() {
    let (own, sandbox) = (
        "--since 1d --event-name StopLogging --event-name DeleteTrail",
        home(),
    );
    assert!(recipe().contains(own));
    let gates = ROWS.map(|(conditions, _)| {
        let gate = recipe().replace(own, conditions);
        format!("bash -s >/dev/null <<'GATE'\n{gate}\nGATE\necho $?\n")
    });
    let run = run(&sandbox, EVENTS, &gates.concat()).success();
    let output = run.get_output();
    let statuses = String::from_utf8_lossy(&output.stdout);
    let got: Vec<(&str, &str)> = ROWS
        .iter()
        .map(|(conditions, _)| *conditions)
        .zip(statuses.lines())
        .collect();
    let expected = ROWS.map(|(conditions, status)| (conditions, status.to_string()));
    let expected: Vec<(&str, &str)> = expected
        .iter()
        .map(|(conditions, status)| (*conditions, status.as_str()))
        .collect();
    assert_eq!(got, expected, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_ci_recipe_fails_without_a_region() {
    let gate = recipe().replace("--region all ", "");
    let sim = EVENTS;
    let script = format!("unset AWS_REGION AWS_DEFAULT_REGION\n{gate}");
    run(&home(), sim, &script).code(252).stdout("");
    run(
        &home(),
        sim,
        &format!("unset AWS_DEFAULT_REGION\nexport AWS_REGION=us-east-1\n{gate}"),
    )
    .code(1);
}

#[test]
fn the_ci_recipe_fails_if_the_service_refuses() {
    run(&home(), "--generate 1 --fault denied", recipe())
        .code(254)
        .stdout("");
}

#[test]
fn the_ci_recipe_fails_if_the_service_is_unreachable() {
    run(
        &home(),
        "--generate 1",
        &format!("kill $CT_SIM_PID; trap - EXIT\n{}", recipe()),
    )
    .code(255)
    .stdout("");
}

/// Runs a script twice with the same ct-sim, and returns the outputs and the exit statuses as text.
fn twice(script: &str) -> String {
    let both = format!(
        "mkdir job; cd job\ncat >script <<'END'\n{script}\nEND\nfor run in 1 2; do\nsh_status=0; bash script || sh_status=$?\necho \"run $run: $sh_status\"\ndone"
    );
    let run = run(&home(), EVENTS, &both).success();
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

#[test]
fn the_cron_recipe_appends_each_event_once() {
    let mut lines = PAGES.iter().flat_map(|page| page.lines());
    let line = lines.find_map(|line| line.strip_prefix("*/15 * * * * "));
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
fn the_scheduled_workflow_recipe_fails_once_per_hit() {
    let mut steps = PAGES
        .iter()
        .filter_map(|page| page.split_once("      - run: |\n"));
    let (_, rest) = steps.next().unwrap();
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

/// The commands of the gates in `docs/ci.md` and `action.yml`: a GitHub job, a GitLab job, and the
/// step of the action.
fn gates() -> Vec<String> {
    let lines = PAGES.iter().flat_map(|page| page.lines());
    let lines = lines.map(str::trim_start);
    let commands = lines.filter_map(|line| {
        let line = line.strip_prefix("- run: ").or(line.strip_prefix("- "))?;
        line.starts_with("ct-check ").then(|| line.to_owned())
    });
    let mut gates: Vec<String> = commands.collect();
    let action = include_str!("../../action.yml");
    let (_, step) = action
        .split_once("- name: Check")
        .expect("the action contains the step");
    let (_, script) = step
        .split_once("run: |\n")
        .expect("the step contains a script");
    let inputs = "CT_FETCH='--quiet --region all --since 1d' CT_RULES=builtin CT_FAIL_ON=high CT_FORMAT=github";
    gates.push(format!("export {inputs}\n{script}"));
    assert_eq!(gates.len(), 3);
    gates
}

#[test]
fn the_gates_succeed_only_if_all_records_arrived_and_none_is_a_finding() {
    let record = |name: &str| {
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"2020-10-01T00:00:00Z","eventSource":"cloudtrail.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","eventID":"00000001-0000-4000-8000-000000000000","recipientAccountId":"111122223333"}}"#
        )
    };
    let sandbox = home().with("CT_FETCH_HISTORY_DAYS", "36500");
    sandbox.write("clean", record("DescribeTrails") + "\n");
    sandbox.write("found", record("StopLogging") + "\n");
    for gate in gates() {
        // Replace the time window in the gate's command with the day of the test's records.
        let gate = gate.replace("--since 1d", "--since 2020-10-01 --until 2020-10-02");
        for (sim, status) in [
            ("--events clean", 0),
            ("--events found", 1),
            ("--events clean --fault denied", 3),
        ] {
            run(&sandbox, sim, &gate).code(status);
        }
        run(
            &sandbox,
            "--events clean",
            &format!("kill $CT_SIM_PID; trap - EXIT\n{gate}"),
        )
        .code(3);
        run(
            &sandbox,
            "--events clean",
            &gate.replace("--since ", "--since x"),
        )
        .code(2);
    }
}

#[test]
fn every_dependency_has_a_reason() {
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
