//! Tests the report on the leaked-key scenario, whose records ct-sim generates and ct-fetch
//! fetches.

use ct_tests::Sandbox;

/// Runs a script with a ct-sim that has the scenario, and returns the output and the exit status.
fn story(options: &str, script: &str) -> (String, i32) {
    let sandbox = Sandbox::new();
    let script = format!(
        "eval \"$(ct-sim --generate 2000 --leak-key ABCDEFGHIJK --until 2020-10-02T00:00:00Z {options} &)\"
        trap \"kill $CT_SIM_PID\" EXIT
        {script}"
    );
    let output = sandbox.shell(&script).output().expect("bash runs");
    let text = String::from_utf8(output.stdout).expect("the report is UTF-8");
    (text, output.status.code().expect("no signal ended it"))
}

const REPORT: &str = "ct-report --key ABCDEFGHIJK -- --quiet --rate 1000 --region all --since 2020-09-02 --until 2020-10-02";

#[test]
fn the_first_screen_summarizes_the_leaked_keys_activity() {
    let (text, status) = story("", REPORT);
    let screen = text
        .split("\n\n\nQUESTIONS")
        .next()
        .expect("split returns at least one part");
    let screen = screen.trim_end();
    let expected = include_str!("../../fixtures/leak.screen.txt");
    assert_eq!((screen, status), (expected.trim_end(), 0));
}

#[test]
fn a_region_that_refuses_makes_the_report_incomplete_in_its_first_sentence() {
    let (text, status) = story("--fault denied@eu-west-1", REPORT);
    let first = "The input is incomplete, so this report may lack events: ";
    assert_eq!((&text[..first.len()], status), (first, 3));
}

#[test]
fn a_pipe_without_a_seal_is_of_unknown_completeness_and_a_reader_that_leaves_ends_with_141() {
    let fetch = "ct-fetch --quiet --rate 1000 --region all --since 2020-09-02 --until 2020-10-02";
    let (text, status) = story("", &format!("{fetch} | ct-report --key ABCDEFGHIJK"));
    let first = "It is not known whether the input is complete (completeness unknown).";
    assert_eq!((&text[..first.len()], status), (first, 0));
    let (_, status) = story(
        "",
        &format!("{fetch} | ct-report --format csv | head -n 1 >/dev/null"),
    );
    assert_eq!(status, 141);
}
