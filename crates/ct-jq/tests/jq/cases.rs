//! Checks programs against the output of jq 1.8.2, both on the engine and on the fast path.

use crate::run::jq;

/// A program, its input, and the outputs of jq.
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
