//! Checks that no small jq program crashes ct-jq on a small input.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((program, input)) = ct_fuzz::program_and_input(bytes) {
        let shown = ct_fuzz::run(&["-c", "--engine"], program, input);
        assert!(shown.is_none_or(|shown| shown.status != 3 || shown.stdout.is_empty()));
    }
});
