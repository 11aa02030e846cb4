//! Checks that no jq program crashes the parser or the compiler.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let program = String::from_utf8_lossy(bytes);
    // Without input, a program is only compiled. ct-jq prints a message if and only if the program
    // does not compile.
    if let Some(shown) = ct_fuzz::run(&[], &program, b"") {
        assert_eq!(shown.stdout, "");
        assert_eq!(shown.status == 3, !shown.stderr.is_empty(), "{shown:?}");
    }
});
