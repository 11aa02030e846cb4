//! Parses the command line as jq does: options may stand anywhere, short options may be bundled,
//! and the first of two `--arg` options with the same name wins.

pub(crate) mod help;
pub(crate) mod settings;

use crate::limits::{self, Limit};
use crate::value::write::Indent;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

/// What a command line requests: a run of a program, or a text about ct-jq.
#[derive(Debug)]
pub(crate) enum Request {
    /// Run a program.
    Run(Box<Args>),
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// `--build-configuration`
    BuildConfiguration,
    /// `--generate man|bash|zsh|fish`, for packagers
    Generate(String),
}

/// The text that ct-jq prints after each output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Terminator {
    /// A line end.
    Newline,
    /// Nothing: `--join-output`.
    Nothing,
    /// A NUL: `--raw-output0`.
    Nul,
}

/// A value from the command line, such as that of `--arg`, before it is parsed or its file is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArgumentValue {
    /// A string, such as that of `--arg`.
    Plain(String),
    /// JSON text, such as that of `--argjson`.
    Json(String),
    /// The content of a file as one string.
    RawFile(OsString),
    /// All of a file's JSON values, as an array.
    SlurpFile(OsString),
}

/// A command line that runs a program.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent switch of jq"
)]
pub(crate) struct Args {
    /// The program text, or the name of its file with `--from-file`.
    pub program: Option<OsString>,
    /// `--from-file`
    pub is_from_file: bool,
    /// The input files, in order; without files, standard input is read.
    pub files: Vec<OsString>,
    /// `--null-input`
    pub null_input: bool,
    /// `--raw-input`
    pub raw_input: bool,
    /// `--slurp`
    pub slurp: bool,
    /// `--stream`
    pub stream: bool,
    /// `--stream-errors`
    pub stream_errors: bool,
    /// `--seq`
    pub seq: bool,
    /// `--raw-output`, or an option that implies it, such as `--join-output`
    pub raw_output: bool,
    /// The text that is printed after each output.
    pub terminator: Terminator,
    /// `--ascii-output`
    pub ascii: bool,
    /// `--sort-keys`
    pub sort_keys: bool,
    /// True for `--color-output`, false for `--monochrome-output` or for both options
    pub color: Option<bool>,
    /// `--indent`, `--tab`, `--compact-output`
    pub indent: Indent,
    /// `--unbuffered`
    pub unbuffered: bool,
    /// `--exit-status`
    pub exit_status: bool,
    /// `--library-path`; `None` stands for jq's default folders
    pub library: Option<Vec<OsString>>,
    /// The names and values of `--arg` and similar options: names without `$`, each name once
    pub named: Vec<(String, ArgumentValue)>,
    /// The values after `--args` and `--jsonargs`
    pub positional: Vec<ArgumentValue>,
    /// `--sandbox`: do not trust the program
    pub sandbox: bool,
    /// `--max-memory`, in bytes
    pub max_memory: Option<Limit<u64>>,
    /// `--max-time`
    pub max_time: Option<Limit<Duration>>,
    /// `--threads`; `None` if the option is not given
    pub threads: Option<usize>,
    /// `--explain`: print which part of the program runs on the fast path, and which on the engine
    pub explain: bool,
    /// `--engine`: do not use the fast path
    pub engine: bool,
}

/// An error in the command line, as jq reports it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UsageError(pub String);

impl Default for Args {
    fn default() -> Self {
        Self {
            program: None,
            is_from_file: false,
            files: Vec::new(),
            null_input: false,
            raw_input: false,
            slurp: false,
            stream: false,
            stream_errors: false,
            seq: false,
            raw_output: false,
            terminator: Terminator::Newline,
            ascii: false,
            sort_keys: false,
            color: None,
            indent: Indent::Spaces(2),
            unbuffered: false,
            exit_status: false,
            library: None,
            named: Vec::new(),
            positional: Vec::new(),
            sandbox: false,
            max_memory: None,
            max_time: None,
            threads: None,
            explain: false,
            engine: false,
        }
    }
}

/// The meaning of the remaining arguments: input files, or values for `$ARGS.positional`.
#[derive(Clone, Copy)]
enum PositionalMode {
    Files,
    Strings,
    Json,
}

/// Parses the arguments of a command line one by one.
struct WordReader<C> {
    words: std::vec::IntoIter<OsString>,
    args: Args,
    rest: PositionalMode,
    /// Checks that a JSON text or a file on the command line can be read.
    check: C,
}

/// Parses the arguments `words`. A value that `check` refuses is an error at once, as in jq.
///
/// # Errors
/// Returns the message that jq writes to standard error; the exit status is 2.
pub(crate) fn read(
    words: Vec<OsString>,
    check: impl FnMut(&str, &str, &ArgumentValue) -> Result<(), String>,
) -> Result<Request, UsageError> {
    let mut reader = WordReader {
        words: words.into_iter(),
        args: Args::default(),
        rest: PositionalMode::Files,
        check,
    };
    if let [option, what] = reader.words.as_slice()
        && option == "--generate"
    {
        return Ok(Request::Generate(text(what)));
    }
    let mut is_literal = false;
    while let Some(word) = reader.words.next() {
        let bytes = word.as_bytes();
        if is_literal || !is_option(bytes) {
            reader.word(word)?;
        } else if bytes == b"--" {
            is_literal = true;
        } else if let Some(name) = bytes.strip_prefix(b"--") {
            let name = String::from_utf8_lossy(name).into_owned();
            if let Some(request) = reader.long(&name)? {
                return Ok(request);
            }
        } else if let Some(request) = reader.short(&bytes[1..])? {
            return Ok(request);
        }
    }
    Ok(Request::Run(Box::new(reader.args)))
}

fn is_option(word: &[u8]) -> bool {
    matches!(word, [b'-', b'-', ..]) || matches!(word, [b'-', c, ..] if c.is_ascii_alphabetic())
}

fn mistake<T>(message: &str) -> Result<T, UsageError> {
    let hint = "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs at https://jqlang.org";
    Err(UsageError(format!("{message}\n{hint}")))
}

fn text(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

impl<C: FnMut(&str, &str, &ArgumentValue) -> Result<(), String>> WordReader<C> {
    fn word(&mut self, word: OsString) -> Result<(), UsageError> {
        let value = match self.rest {
            _ if self.args.program.is_none() => {
                self.args.program = Some(word);
                return Ok(());
            }
            PositionalMode::Files => {
                self.args.files.push(word);
                return Ok(());
            }
            PositionalMode::Strings => ArgumentValue::Plain(text(&word)),
            PositionalMode::Json => ArgumentValue::Json(text(&word)),
        };
        if (self.check)("jsonargs", "", &value).is_err() {
            return mistake("jq: invalid JSON text passed to --jsonargs");
        }
        self.args.positional.push(value);
        Ok(())
    }

    /// Parses an argument of bundled short options, such as `-nr`. In `-Lmodules`, `modules` is a
    /// folder.
    fn short(&mut self, mut letters: &[u8]) -> Result<Option<Request>, UsageError> {
        while let [letter, rest @ ..] = letters {
            letters = rest;
            let name = match letter {
                b's' => "slurp",
                b'r' => "raw-output",
                b'j' => "join-output",
                b'c' => "compact-output",
                b'C' => "color-output",
                b'M' => "monochrome-output",
                b'a' => "ascii-output",
                b'S' => "sort-keys",
                b'R' => "raw-input",
                b'n' => "null-input",
                b'f' => "from-file",
                b'b' => "binary",
                b'e' => "exit-status",
                b'h' => "help",
                b'V' => "version",
                b'L' if !rest.is_empty() => {
                    let folder = OsStr::from_bytes(rest).to_owned();
                    self.args.library.get_or_insert_default().push(folder);
                    return Ok(None);
                }
                b'L' => "library-path",
                letter => return mistake(&format!("jq: Unknown option -{}", char::from(*letter))),
            };
            if let Some(request) = self.long(name)? {
                return Ok(Some(request));
            }
        }
        Ok(None)
    }

    fn long(&mut self, name: &str) -> Result<Option<Request>, UsageError> {
        let args = &mut self.args;
        match name {
            "slurp" => args.slurp = true,
            "raw-output" => args.raw_output = true,
            "raw-output0" => (args.raw_output, args.terminator) = (true, Terminator::Nul),
            "join-output" => {
                args.raw_output = true;
                if args.terminator == Terminator::Newline {
                    args.terminator = Terminator::Nothing;
                }
            }
            "compact-output" => args.indent = Indent::Compact,
            "color-output" => args.color = args.color.or(Some(true)),
            "monochrome-output" => args.color = Some(false),
            "ascii-output" => args.ascii = true,
            "unbuffered" => args.unbuffered = true,
            "sort-keys" => args.sort_keys = true,
            "raw-input" => args.raw_input = true,
            "null-input" => args.null_input = true,
            "from-file" => args.is_from_file = true,
            "library-path" => match self.words.next() {
                Some(folder) => args.library.get_or_insert_default().push(folder),
                None => {
                    return mistake(
                        "-L takes a parameter: (e.g. -L /search/path or -L/search/path)",
                    );
                }
            },
            "binary" | "debug-trace" | "debug-trace=all" | "debug-dump-disasm" => {}
            "tab" => args.indent = Indent::Tab,
            "indent" => self.args.indent = self.indent()?,
            "seq" => args.seq = true,
            "stream" => args.stream = true,
            "stream-errors" => (args.stream, args.stream_errors) = (true, true),
            "exit-status" => args.exit_status = true,
            "args" => self.rest = PositionalMode::Strings,
            "jsonargs" => self.rest = PositionalMode::Json,
            "arg" | "argjson" | "rawfile" | "slurpfile" => self.named(name)?,
            "sandbox" => args.sandbox = true,
            "max-memory" => {
                let size = self.words.next().and_then(|word| limits::size(&word));
                if size.is_none() {
                    return mistake("jq: --max-memory takes a size such as 256M");
                }
                self.args.max_memory = size;
            }
            "max-time" => {
                let time = self.words.next().and_then(|word| limits::duration(&word));
                if time.is_none() {
                    return mistake("jq: --max-time takes a duration such as 10s");
                }
                self.args.max_time = time;
            }
            "explain" => args.explain = true,
            "engine" => args.engine = true,
            "threads" => match self
                .words
                .next()
                .and_then(|count| count.to_str()?.parse().ok())
            {
                Some(count) => self.args.threads = Some(count).filter(|count| *count > 0),
                None => return mistake("jq: --threads takes a number"),
            },
            "help" => return Ok(Some(Request::Help)),
            "version" => return Ok(Some(Request::Version)),
            "build-configuration" => return Ok(Some(Request::BuildConfiguration)),
            _ => return mistake(&format!("jq: Unknown option --{name}")),
        }
        Ok(None)
    }

    fn indent(&mut self) -> Result<Indent, UsageError> {
        let Some(word) = self.words.next() else {
            return mistake("jq: --indent takes one parameter");
        };
        match word.to_str().and_then(|word| word.parse::<i64>().ok()) {
            Some(-1) => Ok(Indent::Tab),
            Some(spaces @ 0..=7) => Ok(Indent::Spaces(usize::try_from(spaces).unwrap_or_default())),
            _ => mistake("jq: --indent takes a number between -1 and 7"),
        }
    }

    fn named(&mut self, option: &str) -> Result<(), UsageError> {
        let (Some(name), Some(value)) = (self.words.next(), self.words.next()) else {
            let example = match option {
                "arg" => "--arg varname value",
                "argjson" => "--argjson varname text",
                "rawfile" => "--rawfile varname filename",
                _ => "--slurpfile varname filename",
            };
            return mistake(&format!(
                "jq: --{option} takes two parameters (e.g. {example})"
            ));
        };
        let name = text(&name);
        if self.args.named.iter().any(|(known, _)| *known == name) {
            return Ok(());
        }
        let shown = text(&value);
        let value = match option {
            "arg" => ArgumentValue::Plain(shown.clone()),
            "argjson" => ArgumentValue::Json(shown.clone()),
            "rawfile" => ArgumentValue::RawFile(value),
            _ => ArgumentValue::SlurpFile(value),
        };
        match (self.check)(option, &name, &value) {
            Ok(()) => self.args.named.push((name, value)),
            Err(_) if option == "argjson" => {
                return mistake("jq: invalid JSON text passed to --argjson");
            }
            Err(reason) => {
                return Err(UsageError(format!(
                    "jq: Bad JSON in --{option} {name} {shown}: {reason}"
                )));
            }
        }
        Ok(())
    }
}
