//! Draws the picture of README.md: a terminal session on a simulated CloudTrail, as an SVG.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::programs::{build, capture};
use crate::sim::Sim;

/// The picture.
const FILE: &str = "docs/session.svg";

/// The options of ct-sim for the session. The records are the same in every run.
const ACCOUNT: &[&str] = &[
    "--generate",
    "2000",
    "--seed",
    "1",
    "--leak-key",
    "AKIAIOSFODNN7EXAMPLE",
    "--now",
    "2026-01-31T12:00:00Z",
];

/// The commands of the session.
const SESSION: [&str; 2] = [
    "ct-fetch --quiet --region all --access-key AKIAIOSFODNN7EXAMPLE --read-only false -o key.ndjson",
    "ct-jq -r '[.eventTime, .awsRegion, .eventName, .errorCode // \"\"] | @tsv' key.ndjson | column -t -s $'\\t'",
];

/// The width and the height of a character and the width of the margin, in pixels.
const WIDTH: usize = 8;
const HEIGHT: usize = 18;
const MARGIN: usize = 16;

/// Runs the session and writes the picture.
pub(crate) fn write() -> Result<()> {
    let programs = build("dev")?;
    let sim = Sim::start(&programs, ACCOUNT)?;
    let folder = tempfile::tempdir()?;
    let mut lines = Vec::new();
    for command in SESSION {
        lines.push(format!("$ {command}"));
        lines.extend(output(&programs, &sim, folder.path(), command)?);
    }
    fs::write(FILE, svg(&lines)).with_context(|| format!("cannot write {FILE}"))?;
    println!("{FILE}");
    Ok(())
}

/// Runs a command in bash, and returns the lines that it prints.
fn output(programs: &Path, sim: &Sim, folder: &Path, command: &str) -> Result<Vec<String>> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [programs.to_owned()]
        .into_iter()
        .chain(env::split_paths(&path));
    let mut bash: Command = sim.client(Path::new("bash"));
    bash.args(["-o", "pipefail", "-c", command])
        .current_dir(folder)
        .env("PATH", env::join_paths(folders)?);
    let (text, succeeded) = capture(&mut bash)?;
    ensure!(succeeded, "`{command}` failed: see its message above");
    let text = String::from_utf8(text)?;
    Ok(text
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect())
}

/// An SVG image of a dark window with these lines. Lines that begin with `$` are commands, and have
/// a different colour.
fn svg(lines: &[String]) -> String {
    let columns = lines.iter().map(|line| line.chars().count()).max();
    let width = columns.unwrap_or_default() * WIDTH + 2 * MARGIN;
    let height = lines.len() * HEIGHT + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>A terminal session</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1e2227\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#d7dae0\">\n"
    );
    for (line, number) in lines.iter().zip(1..) {
        let y = MARGIN + number * HEIGHT - HEIGHT / 3;
        let colour = if line.starts_with('$') {
            " fill=\"#7ec699\""
        } else {
            ""
        };
        let length = line.chars().count() * WIDTH;
        // `textLength` keeps the columns aligned in any font.
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{y}\" textLength=\"{length}\" xml:space=\"preserve\"{colour}>{}</text>",
            escape(line)
        );
    }
    svg + "</g>\n</svg>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_text_element_with_escaped_markup() {
        let picture = svg(&["$ a <b>".to_owned(), "c & d".to_owned()]);
        let texts: Vec<&str> = picture
            .lines()
            .filter(|line| line.starts_with("<text"))
            .collect();
        assert_eq!(
            texts,
            [
                "<text x=\"16\" y=\"28\" textLength=\"56\" xml:space=\"preserve\" fill=\"#7ec699\">$ a &lt;b&gt;</text>",
                "<text x=\"16\" y=\"46\" textLength=\"40\" xml:space=\"preserve\">c &amp; d</text>",
            ]
        );
    }
}
