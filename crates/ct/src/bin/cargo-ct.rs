//! `cargo ct`: cargo runs this as `cargo-ct ct …`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words: Vec<_> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == "ct") {
        words.remove(1);
    }
    ct::main(words)
}
