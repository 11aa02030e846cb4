//! Checks that ct-jq's fast path, which runs filters on the bytes of a record, and ct-jq's engine,
//! which runs any filter, give the same output, messages and exit status.

#![no_main]

use libfuzzer_sys::fuzz_target;

const OPTIONS: [&str; 13] = [
    "-c",
    "-r",
    "-e",
    "-j",
    "--tab",
    "--raw-output0",
    "-rj",
    "-ce",
    "-cn",
    "-cs",
    "-ns",
    "--stream",
    "--stream-errors",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, rest)) = bytes.split_first() else {
        return;
    };
    let Some((program, input)) = ct_fuzz::program_and_input(rest) else {
        return;
    };
    let options = OPTIONS[usize::from(first) % OPTIONS.len()];
    let engine = ct_fuzz::run(&[options, "--engine"], program, input);
    for threads in ["1", "2", "8"] {
        let fast = ct_fuzz::run(&[options, "--threads", threads], program, input);
        // Truncated output is not compared, because the position of the cut depends on the buffers.
        if let (Some(fast), Some(engine)) = (&fast, &engine) {
            assert_eq!(fast, engine, "{options} {program}, {threads} threads");
        }
    }
});
