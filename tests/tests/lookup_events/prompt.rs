//! Tests `lookup-events --cli-auto-prompt`, with and without a terminal.

use ct_sim::Sim;
use ct_tests::Sandbox;
use ct_tests::lookup_events::{bodies, outcome, records, sim};
use ct_tests::terminal::Terminal;

/// Starts `lookup-events --cli-auto-prompt` on a terminal, in a sandbox with two profiles.
fn prompt() -> (Sim, Sandbox, Terminal) {
    let (sim, sandbox) = sim(records());
    let sandbox = sandbox.with("AWS_PAGER", "").with("TERM", "xterm");
    sandbox.write(
        "home/.aws/config",
        "[default]\nregion = us-east-1\n[profile work]\nregion = eu-west-1\n",
    );
    let mut command = sandbox.process("ct-fetch");
    command.args(["lookup-events", "--cli-auto-prompt", "--output", "text"]);
    command.args(["--query", "Events[].EventId"]);
    let terminal = Terminal::run(&mut command);
    (sim, sandbox, terminal)
}

/// Answers every question of the prompt except the last one.
fn answered(terminal: &mut Terminal) {
    terminal.sees("Profile:");
    terminal.types("\r");
    terminal.sees("Region:");
    terminal.types("eu-n\t\r");
    terminal.sees("Events with this attribute:");
    terminal.types("EventN\r");
    terminal.sees("EventName:");
    terminal.types("ConsoleL\t\r");
    terminal.sees("From (UTC):");
    terminal.types("2020-10-01\r");
    terminal.sees("Until (UTC):");
    terminal.types("\r");
    terminal.sees("Run it?");
}

#[test]
fn a_prompt_requires_a_terminal() {
    let (_, stderr, status) = outcome(&Sandbox::new(), &["--cli-auto-prompt"]);
    assert!(
        stderr.contains("--cli-auto-prompt needs a terminal"),
        "{stderr}"
    );
    assert_eq!(status, Some(255));
}

#[test]
fn the_answers_are_completed_shown_and_run() {
    let (sim, _sandbox, mut terminal) = prompt();
    answered(&mut terminal);
    terminal.types("\r");
    let (shown, status) = terminal.end();
    let command = "ct-fetch: ct-fetch lookup-events --output text --query 'Events[].EventId' \
                   --region eu-north-1 --lookup-attributes \
                   'AttributeKey=EventName,AttributeValue=\"ConsoleLogin\"' \
                   --start-time 2020-10-01";
    assert!(shown.contains(command), "{shown}");
    assert!(
        shown.ends_with("c0ffee00-0001-4000-8000-000000000001\r\n"),
        "{shown}"
    );
    assert_eq!(status, Some(0));
    assert_eq!(
        bodies(&sim),
        [serde_json::json!({
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}],
            "StartTime": 1_601_510_400
        })]
    );
}

#[test]
fn a_declined_command_is_not_run() {
    let (sim, _sandbox, mut terminal) = prompt();
    answered(&mut terminal);
    terminal.types("n\r");
    let (_, status) = terminal.end();
    assert_eq!((status, sim.requests()), (Some(0), Vec::new()));
}

#[test]
fn ctrl_c_ends_the_questions() {
    let (sim, _sandbox, mut terminal) = prompt();
    terminal.sees("Profile:");
    terminal.types("\x03");
    let (_, status) = terminal.end();
    assert_eq!((status, sim.requests()), (Some(130), Vec::new()));
}
