//! Tests that the output stays the same if one request in ten fails, for every kind of transient
//! fault.

use std::thread;
use std::time::Duration;

use ct_core::exit::status;
use ct_sim::{Events, Fault, FaultKind, Sim, Traffic};
use ct_tests::{Sandbox, outcome};

const REGIONS: [&str; 2] = ["--region", "us-east-1,eu-west-1"];

/// An event history with 2,000 events, which fill about forty pages, in two regions.
fn history() -> Events {
    let regions = ["us-east-1", "eu-west-1"].map(|region| (region.to_owned(), 1));
    Events::generated(Traffic {
        regions: regions.to_vec(),
        ..Traffic::plain(2000)
    })
}

/// The transient faults. A delay by a fault is shorter than ct-fetch's timeout.
fn kinds() -> Vec<FaultKind> {
    let moment = Duration::from_millis(20);
    vec![
        FaultKind::Throttle,
        FaultKind::Status429,
        FaultKind::Status500,
        FaultKind::Html500,
        FaultKind::Status503,
        FaultKind::Drop,
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::Stall(moment),
        FaultKind::Hang(moment),
        FaultKind::Slow(moment),
        FaultKind::Html,
        FaultKind::Empty,
        FaultKind::Malformed,
    ]
}

fn records(events: Events) -> (String, usize) {
    let sim = Sim::start(events);
    let (records, told, status) = outcome(&Sandbox::beside(&sim), &REGIONS);
    assert_eq!(status, status::OK, "{told}");
    let requests = sim.requests().into_iter();
    (
        records,
        requests.filter(|request| request.result != "ok").count(),
    )
}

#[test]
fn any_fault_in_one_of_ten_requests_does_not_change_the_output() {
    let (clean, _) = records(history());
    assert_eq!(clean.lines().count(), 2000);
    // The runs are parallel, because they spend most of their time waiting.
    thread::scope(|scope| {
        for kind in kinds() {
            let clean = &clean;
            scope.spawn(move || {
                let (came, failed) = records(history().fault(Fault::rate(0.1, kind.clone())));
                assert!(came == *clean && failed > 0, "{kind:?}, {failed} times");
            });
        }
    });
}

#[test]
fn all_faults_together_do_not_change_the_output() {
    let (clean, _) = records(history());
    let kinds = [
        FaultKind::Throttle,
        FaultKind::Status500,
        FaultKind::Drop,
        FaultKind::Reset,
        FaultKind::Truncate,
        FaultKind::Stall(Duration::from_millis(20)),
        FaultKind::Empty,
    ];
    let together = kinds.into_iter().fold(history(), |history, kind| {
        history.fault(Fault::rate(0.1, kind))
    });
    let (came, failed) = records(together.seed(3));
    assert!(came == clean && failed > 20, "{failed} times");
}
