//! Tests that a run of ct-check is undecided after every fault of CloudTrail, wherever the output
//! of the failed ct-fetch is cut.

use std::fs;
use std::time::Duration;

use ct_sim::{Events, Fault, FaultKind, Sim, When};
use ct_tests::Sandbox;

use super::{WINDOW, all_formats, checked, for_all, status};

/// Every fault that ends a fetch. A fault that delays a response delays it by `moment`.
fn faults(moment: Duration) -> [FaultKind; 19] {
    [
        FaultKind::Status500,
        FaultKind::Html500,
        FaultKind::Status503,
        FaultKind::Status429,
        FaultKind::Throttle,
        FaultKind::Drop,
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::Stall(moment),
        FaultKind::Hang(moment),
        FaultKind::Html,
        FaultKind::Empty,
        FaultKind::Malformed,
        FaultKind::Expired,
        FaultKind::Denied,
        FaultKind::OptIn,
        FaultKind::Unrecognized,
        FaultKind::Token,
        FaultKind::Error("InternalErrorException".to_owned()),
    ]
}

/// For each fault that ends a fetch, calls `check` with an event history of three pages that has
/// this fault, and with the name of the fault. Each fault is tested twice: on all requests, and on
/// all requests except the first.
fn with_each_fault(check: impl Fn(Events, &str) + Sync) {
    for_all(&faults(Duration::from_millis(20)), |kind| {
        for when in [When::Always, When::Requests(vec![2..=u64::MAX])] {
            let name = format!("{kind:?} {when:?}");
            let kind = kind.clone();
            check(Events::count(120).fault(Fault { kind, when }), &name);
        }
    });
}

#[test]
fn every_fault_of_the_service_gives_undecided_and_never_clean() {
    with_each_fault(|events, fault| assert_eq!(checked(events), 3, "{fault}"));
}

#[test]
fn every_fault_at_every_cut_of_the_pipe_is_undecided_in_every_format() {
    let formats = all_formats();
    with_each_fault(|events, fault| {
        let sim = Sim::start(events);
        let sandbox = Sandbox::beside(&sim);
        let mut fetch = sandbox.command("ct-fetch");
        let options = ["--quiet", "--rate", "1000", "--max-attempts", "2", "--seal"];
        let fetched = fetch.args(options).args(WINDOW).output().unwrap();
        assert!(!fetched.status.success(), "{fault}");
        let whole = fetched.stdout;
        let ends = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let ends: Vec<usize> = ends.map(|(at, _)| at + 1).collect();
        let some = ends.iter().step_by(24).copied().chain(ends.last().copied());
        let mut cuts: Vec<usize> = some.flat_map(|end| [end - 1, end, end - 7]).collect();
        cuts.push(0);
        for cut in cuts {
            let of = status(&sandbox, &["--format", &formats], &whole[..cut]);
            assert_eq!(of, 3, "{fault} cut at {cut}");
            let junit = fs::read_to_string(sandbox.folder().join("report.junit")).unwrap();
            assert!(!junit.contains("errors=\"0\""), "{junit}");
        }
    });
}
