//! Runs the `ct-*` programs: `ct fetch` runs `ct-fetch`.

mod ours;
mod shim;
mod tools;
mod topics;

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::anyhow;
use clap::{CommandFactory as _, Parser, Subcommand};
use ct_core::cli::{self, CompletionPoint, Request};
use ct_core::exit::{self, Failure};
use ct_core::output::Output;
use ct_core::terminal::escape;

use crate::shim::Program;
use crate::tools::Tools;

/// Runs the ct tools
///
/// `ct fetch` runs ct-fetch, found next to ct or on PATH. The same applies to any other program called ct-something.
/// The exit status is that of the tool, or 252 if there is no such tool.
#[derive(Parser)]
#[command(
    name = "ct",
    version,
    after_help = ours::help(),
    disable_help_subcommand = true,
    args_conflicts_with_subcommands = true
)]
struct Args {
    /// List all tools with their paths
    #[arg(long)]
    list: bool,

    #[command(subcommand)]
    command: Option<Job>,
}

#[derive(Subcommand)]
enum Job {
    /// Show the help of ct or of a tool, or a page of the documentation
    Help {
        /// A tool listed by `ct --list`, such as fetch or jq, or a topic listed by `ct help`
        tool: Option<OsString>,
    },
    /// Print a script that stands in for another program
    ///
    /// If the script is first on PATH under that program's name, existing scripts run on the new
    /// tools: ct shim aws >~/bin/aws; chmod +x ~/bin/aws
    Shim {
        /// Program to stand in for
        #[arg(default_value = "aws")]
        program: Program,
    },
    /// Run a tool with its own arguments
    #[command(external_subcommand)]
    Tool(Vec<OsString>),
}

/// Runs the command line `words`, which starts with the program's name.
///
/// A tool replaces this process, so that the exit status of the process is that of the tool. The
/// status is 252 if there is no such tool, and 255 if the tool cannot be run.
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let tools = Tools::new(
        env::current_exe().ok().as_deref(),
        env::var_os("PATH").as_deref(),
    );
    exit::end("ct", run(words, &tools, &mut Output::stdout()))
}

fn run(
    words: impl IntoIterator<Item = OsString>,
    tools: &Tools,
    out: &mut Output,
) -> Result<(), Failure> {
    let words = without_cargo(words.into_iter().collect());
    if let Some(point) = CompletionPoint::read(&words) {
        return complete(&point, tools, out);
    }
    // A name that is not UTF-8 is handled here, because clap rejects it without saying which word
    // is invalid.
    if let [_, name, arguments @ ..] = &words[..]
        && name.to_str().is_none()
    {
        return Err(become_tool(&program(name, tools)?, arguments));
    }
    let args: Args = match cli::parse(words)? {
        Request::Run(args) => args,
        Request::Print(text) => return print(&text, out),
    };
    if args.list && args.command.is_some() {
        return Err(Failure::Usage(anyhow!(
            "--list takes no further arguments: remove them"
        )));
    }
    match args.command {
        Some(Job::Tool(words)) => {
            let (name, arguments) = words.split_first().expect("clap puts the name first");
            Err(become_tool(&program(name, tools)?, arguments))
        }
        // A subcommand of ct takes precedence over a tool with the same name.
        Some(Job::Help { tool: Some(name) })
            if Args::command().find_subcommand(&name).is_some() =>
        {
            run(["ct".into(), name, "--help".into()], tools, out)
        }
        Some(Job::Help { tool: Some(name) }) => match (tools.find(&name), topic(&name)) {
            (None, Some(text)) => print(text.as_bytes(), out),
            _ => Err(become_tool(&program(&name, tools)?, &["--help".into()])),
        },
        Some(Job::Shim {
            program: stood_in_for,
        }) => {
            let tool = program(OsStr::new(stood_in_for.tool()), tools)?;
            print(&stood_in_for.wrapper(tool.as_os_str()), out)
        }
        None if args.list => list(tools, out),
        None | Some(Job::Help { tool: None }) => print(
            Args::command().render_long_help().to_string().as_bytes(),
            out,
        ),
    }
}

/// The text of the documentation page `name`, or `None` if there is no such page.
fn topic(name: &OsStr) -> Option<&'static str> {
    name.to_str().and_then(topics::text)
}

/// Prints the completion candidates at `point`. After the name of a tool, the tool itself provides
/// the candidates.
fn complete(point: &CompletionPoint, tools: &Tools, out: &mut Output) -> Result<(), Failure> {
    let asked = ours::question(point);
    let asked = asked.and_then(|(name, words)| Some((tools.find(OsStr::new(name))?, words)));
    if let Some((program, words)) = asked {
        return Err(become_tool(&program, &words));
    }
    let text = point.answer(Args::command(), |option| ours::candidates(option, tools));
    print(&text, out)
}

/// Removes the second word if cargo started ct: `cargo ct …` runs `cargo-ct ct …`, and cargo-ct is
/// a link to ct.
fn without_cargo(mut words: Vec<OsString>) -> Vec<OsString> {
    if let [called, again, ..] = &words[..]
        && Path::new(called).file_name() == Some(OsStr::new("cargo-ct"))
        && again == "ct"
    {
        words.remove(1);
    }
    words
}

fn print(text: &[u8], out: &mut Output) -> Result<(), Failure> {
    out.bytes(text)?;
    out.flush()
}

fn list(tools: &Tools, out: &mut Output) -> Result<(), Failure> {
    for (name, path) in tools.all() {
        let line = format!("{}\t{}", escape(&name), escape(&path.to_string_lossy()));
        out.line(line.as_bytes())?;
    }
    out.flush()
}

fn program(name: &OsStr, tools: &Tools) -> Result<PathBuf, Failure> {
    tools.find(name).ok_or_else(|| {
        let name = name.to_string_lossy();
        Failure::Usage(match tools.like(&name) {
            Some(like) => anyhow!("there is no tool `{name}`: did you mean `ct {like}`?"),
            None => anyhow!("there is no tool `{name}`: see ct --list"),
        })
    })
}

/// Replaces this process with `program`. This function returns only if the program cannot be run.
fn become_tool(program: &Path, arguments: &[OsString]) -> Failure {
    let error = Command::new(program).args(arguments).exec();
    let program = program.display();
    Failure::Other(anyhow!(
        "cannot run {program}: {error}: check that it is built for this machine"
    ))
}
