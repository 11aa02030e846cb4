//! Compiles jq programs for other tools, which run them on one JSON value at a time.

use crate::args::settings::object;
use crate::builtins::Host;
use crate::engine::{Engine, FastPathUse, Stop, Work};
use crate::syntax::{Arena, SearchFolders};
use crate::value::Val;
use crate::value::read;
use crate::value::write::compact;

/// The number of steps that a program may do on any value, however short. So many steps take a few
/// hundred milliseconds.
const STEPS: u64 = 2_000_000;

/// The number of additional steps that a program may do for each byte of the value.
const STEPS_PER_BYTE: u64 = 100;

/// A compiled program, which has no environment, inputs, modules or files.
///
/// A filter cannot be sent to another thread.
///
/// ```
/// let filter = ct_jq::filter::Filter::compile("select(.n > $least)", &[("least".to_owned(), "1".to_owned())]).unwrap();
/// assert_eq!(filter.any_true(br#"{"n":"2"}"#), Ok(true));
/// ```
pub struct Filter {
    engine: Engine<'static>,
}

impl Filter {
    /// Compiles a program with global variables: names without `$`, and texts as values.
    ///
    /// # Errors
    /// Returns jq's messages, joined to one line.
    pub fn compile(text: &str, variables: &[(String, String)]) -> Result<Self, String> {
        let variables = variables
            .iter()
            .map(|(name, value)| (format!("${name}"), Val::string(value)));
        let places = SearchFolders {
            library: Vec::new(),
            origin: String::new(),
            program: String::new(),
            home: None,
            is_sandbox: true,
        };
        let arena = Arena::default();
        Engine::load(
            &arena,
            text,
            variables.collect(),
            &places,
            FastPathUse::NoneWithoutHost,
        )
        .and_then(Engine::into_owned)
        .map(|engine| Self { engine })
        .map_err(|errors| errors.to_string().trim_end().replace('\n', "; "))
    }

    /// Runs the program on the JSON text of one value. Returns whether an output is neither `false`
    /// nor `null`.
    ///
    /// A program that exceeds the limit on its steps is stopped.
    ///
    /// # Errors
    /// Returns the message of an uncaught error, of an invalid JSON text, or of the limit that
    /// stopped the program.
    pub fn any_true(&self, json: &[u8]) -> Result<bool, String> {
        let input = read::parse(json)?;
        let mut is_true = false;
        let steps = STEPS + STEPS_PER_BYTE * json.len() as u64;
        let ended = self
            .engine
            .run(&NoHost, (input, Work::steps(steps)), |output| {
                is_true = output.is_truthy();
                !is_true
            });
        match ended {
            Ok(()) => Ok(is_true),
            Err(Stop::Exhausted) => Err(format!("the program needs more than {steps} steps")),
            Err(Stop::Halt(status)) => Err(format!("the program halted with status {status}")),
            Err(Stop::Error(value)) => Err(value
                .as_str()
                .map_or_else(|| compact(&value), str::to_owned)),
        }
    }
}

/// A host without inputs, environment or clock. In a program for this host, the builtins that need
/// them are not defined.
struct NoHost;

impl Host for NoHost {
    fn next_input(&self) -> Option<Result<Val, String>> {
        None
    }

    fn input_filename(&self) -> Val {
        Val::Null
    }

    fn input_line_number(&self) -> usize {
        0
    }

    fn debug(&self, _value: &Val) {}

    fn stderr(&self, _value: &Val) {}

    fn env(&self) -> Val {
        object([])
    }

    fn now(&self) -> f64 {
        0.0
    }

    fn halt_error(&self, _value: Val, _status: i32) {}

    fn search_list(&self) -> Val {
        Val::array(Vec::new())
    }

    fn jq_origin(&self) -> Val {
        Val::Null
    }

    fn prog_origin(&self) -> Val {
        Val::Null
    }

    fn modulemeta(&self, name: &str) -> Result<Val, String> {
        Err(format!("module not found: {name}: rules import no modules"))
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(program: &str, json: &str) -> Result<bool, String> {
        Filter::compile(program, &[])?.any_true(json.as_bytes())
    }

    #[test]
    fn an_output_that_is_neither_false_nor_null_counts_as_true() {
        assert_eq!(hits(".a", r#"{"a":1}"#), Ok(true));
        assert_eq!(hits("false, null, 0", "{}"), Ok(true));
        assert_eq!(hits("false, null", "{}"), Ok(false));
        assert_eq!(hits("empty", "{}"), Ok(false));
    }

    #[test]
    fn an_error_is_reported_with_its_text() {
        assert_eq!(hits("error(\"x\")", "{}"), Err("x".to_owned()));
        assert_eq!(
            hits(".a.b", r#"{"a":1}"#),
            Err("Cannot index number with string (\"b\")".to_owned())
        );
    }

    #[test]
    fn a_program_that_needs_too_much_work_is_stopped() {
        let stopped = Err("the program needs more than 2000200 steps".to_owned());
        for program in [
            "def f: f + 1; f",
            "def f: f; f",
            "[range(1e9)] | length",
            "[limit(1e9; repeat(1))]",
            ".a[33333323] = 32",
            ".a[536870911] = 1",
            "setpath([\"a\", 33333323]; 1)",
            "\"x\" * 1e9",
            "[range(100000)] as $a | [range(100000)] | map($a | sort) | length",
            "reduce range(1e6) as $i (\"\"; . + \"0123456789012345678901234567890123456789\")",
            "reduce range(40) as $i ([1]; . + .)",
            "try (\"x\" * 1e9) catch 1",
            "first(range(1e9) | select(. == -1))",
        ] {
            assert_eq!(hits(program, "{}"), stopped, "{program}");
        }
        let names: Vec<String> = (0..10_000).map(|at| format!("\"name{at}\"")).collect();
        let large = format!("{{\"a\":[{}]}}", names.join(","));
        for program in [
            "[.. | strings | select(test(\"^name9+$\"))] | length == 4",
            "reduce .a[] as $a ([]; . + [$a | ascii_upcase]) | length == 10000",
            "[paths] | length == 10001",
            "[.a[] | explode | implode] | group_by(length) | length == 4",
        ] {
            assert_eq!(hits(program, &large), Ok(true), "{program}");
        }
    }

    #[test]
    fn a_program_has_no_environment_inputs_or_clock() {
        for program in [
            "include \"a\"; .",
            "env | length > 0",
            "$ENV.HOME == \"x\"",
            "input",
            "[inputs]",
            "input_filename",
            "input_line_number > 0",
            "now > 0",
        ] {
            assert!(Filter::compile(program, &[]).is_err(), "{program}");
        }
    }

    #[test]
    fn a_program_that_does_not_compile_is_reported() {
        let message = hits(".a |", "{}").unwrap_err();
        assert!(message.starts_with("jq: error: syntax error"), "{message}");
    }
}
