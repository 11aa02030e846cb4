//! Checks cases: a program, an input, and what jq 1.8.2 prints; the engine and the fast path must print the same.

use crate::run::jq;

/// A program, its input, and its outputs.
pub(crate) type Case = (&'static str, &'static str, &'static str);

#[track_caller]
pub(crate) fn check(cases: &[Case]) {
    for (program, input, outputs) in cases {
        for way in [&["-c"][..], &["-c", "--engine"], &["-c", "--threads", "2"]] {
            let words = way.iter().chain([program]);
            let printed = jq(words).env("TZ", "UTC").input(input).stdout();
            assert_eq!(
                printed.lines().collect::<Vec<_>>().join(" "),
                *outputs,
                "{way:?} {program} of {input}"
            );
        }
    }
}
