//! Turns `src/syntax/grammar.txt` into the tables of the parser, and links the unwinder statically.

mod automaton;
mod grammar;
mod tables;

use std::path::Path;

use grammar::Grammar;

#[expect(
    clippy::print_stdout,
    reason = "cargo reads the instructions of a build script from standard output"
)]
fn main() {
    println!("cargo::rerun-if-changed=src/syntax/grammar.txt");
    println!("cargo::rerun-if-changed=build");
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}"));
    if target("OS").as_deref() == Ok("linux") && target("ENV").as_deref() == Ok("gnu") {
        // Every gcc has the archive libgcc_eh.a. Loading libgcc_s.so instead would take a tenth of
        // ct-jq's start-up time.
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
    let text =
        std::fs::read_to_string("src/syntax/grammar.txt").expect("the crate contains the grammar");
    let grammar = Grammar::read(&text);
    let out = std::env::var("OUT_DIR").expect("cargo names the output folder");
    std::fs::write(Path::new(&out).join("grammar.rs"), grammar.tables())
        .expect("the output folder is writable");
}
