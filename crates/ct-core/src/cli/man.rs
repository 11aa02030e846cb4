//! Writes a tool's man page: clap's descriptions, a synopsis with option values, and a section with the examples from
//! the help.

use std::io;

use clap::{Arg, Command};
use clap_mangen::Man;

/// The first line of the paragraph with examples in the help.
const EXAMPLES: &str = "Examples:\n";

/// The man page in roff format.
///
/// # Errors
/// Never: the page is written to memory, and writing to memory does not fail.
pub(super) fn page(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let synopsis = synopsis(&command);
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let (examples, notes): (Vec<&str>, Vec<&str>) = after
        .split("\n\n")
        .partition(|paragraph| paragraph.starts_with(EXAMPLES));
    let has_commands = command.has_subcommands();
    let man = Man::new(command);
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    page.extend(section("SYNOPSIS", &synopsis).bytes());
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    page.extend(paragraphs("NOTES", &notes).bytes());
    let examples: Vec<&str> = examples
        .iter()
        .filter_map(|paragraph| paragraph.strip_prefix(EXAMPLES))
        .collect();
    page.extend(paragraphs("EXAMPLES", &examples).bytes());
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// The tool's name, each option with its value, and the arguments.
fn synopsis(command: &Command) -> String {
    let shown = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let (positionals, options): (Vec<&Arg>, Vec<&Arg>) = shown.partition(|arg| arg.is_positional());
    let mut words = vec![command.get_name().to_owned()];
    words.extend(options.into_iter().map(|option| {
        let text = option.to_string();
        if option.is_required_set() {
            text
        } else {
            format!("[{text}]")
        }
    }));
    words.extend(positionals.into_iter().map(ToString::to_string));
    if command.has_subcommands() {
        words.push("[COMMAND]".to_owned());
    }
    words.join(" ")
}

fn section(title: &str, text: &str) -> String {
    format!(".SH {title}\n{}\n", escaped(text))
}

/// A section in which paragraphs keep their line breaks, or an empty string if there are no
/// paragraphs.
fn paragraphs(title: &str, paragraphs: &[&str]) -> String {
    let paragraphs: Vec<String> = paragraphs
        .iter()
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| format!(".nf\n{}\n.fi\n", escaped(paragraph)))
        .collect();
    if paragraphs.is_empty() {
        return String::new();
    }
    format!(".SH {title}\n{}", paragraphs.join(".PP\n"))
}

/// Escapes text so that roff does not interpret any of it as a request or an escape.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    let lines = text.lines().map(|line| {
        if line.starts_with(['.', '\'']) {
            format!("\\&{line}")
        } else {
            line.to_owned()
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory as _, Parser};

    /// Does things
    #[derive(Parser)]
    #[command(
        name = "ct-tool",
        version = "1",
        after_help = "A note.\n\nExamples:\n  ct-tool --region x | wc -l\n  '\\n'"
    )]
    struct Args {
        /// Where to ask
        #[arg(long, value_name = "REGION")]
        region: Vec<String>,
        /// Less
        #[arg(short, long)]
        quiet: bool,
        /// What to read
        #[arg(value_name = "FILE")]
        files: Vec<String>,
    }

    #[test]
    fn a_page_has_option_values_in_its_synopsis_and_an_examples_section() {
        let page = String::from_utf8(page(Args::command()).unwrap()).unwrap();
        let section = |title: &str| {
            let after = page.split_once(&format!(".SH {title}\n")).unwrap().1;
            // Each section that clap_mangen writes begins with definitions of quotes (`.ie`), so
            // the next `.ie` marks the end of a section.
            let ours = after
                .lines()
                .take_while(|line| !line.starts_with(".SH") && !line.starts_with(".ie"));
            ours.fold(String::new(), |text, line| text + line + "\n")
        };
        assert_eq!(
            section("SYNOPSIS"),
            "ct\\-tool [\\-\\-region <REGION>] [\\-\\-quiet] [\\-\\-help] [\\-\\-version] [FILE]...\n"
        );
        assert_eq!(section("NOTES"), ".nf\nA note.\n.fi\n");
        assert_eq!(
            section("EXAMPLES"),
            ".nf\n  ct\\-tool \\-\\-region x | wc \\-l\n  '\\en'\n.fi\n"
        );
    }
}
