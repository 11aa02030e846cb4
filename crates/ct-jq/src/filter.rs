//! A jq program for other programs to run, one JSON value at a time.

use crate::args::settings::object;
use crate::builtins::Host;
use crate::engine::{Engine, Mode, Stop};
use crate::syntax::{Arena, Places};
use crate::value::Val;
use crate::value::read;
use crate::value::write::compact;
use std::cell::Cell;

/// A compiled program without an environment, inputs, modules or files.
///
/// It stays on the thread that compiled it.
///
/// ```
/// let filter = ct_jq::filter::Filter::compile("select(.n > $least)", &[("least".to_owned(), "1".to_owned())]).unwrap();
/// assert_eq!(filter.any_true(br#"{"n":"2"}"#), Ok(true));
/// ```
pub struct Filter {
    engine: Engine<'static>,
}

impl Filter {
    /// Compiles a program with global variables: names without `$`, and their texts.
    ///
    /// # Errors
    /// jq's messages, joined.
    pub fn compile(text: &str, variables: &[(String, String)]) -> Result<Self, String> {
        let variables = variables
            .iter()
            .map(|(name, value)| (format!("${name}"), Val::string(value)));
        let places = Places {
            library: Vec::new(),
            origin: String::new(),
            program: String::new(),
            home: None,
            is_sandbox: true,
        };
        let arena = Arena::default();
        Engine::load(&arena, text, variables.collect(), &places, Mode::Engine)
            .and_then(Engine::into_owned)
            .map(|engine| Self { engine })
            .map_err(|errors| errors.to_string().trim_end().replace('\n', "; "))
    }

    /// Whether an output on the JSON text of one value is neither `false` nor `null`.
    ///
    /// # Errors
    /// The message of an uncaught error, or why the value cannot be read.
    pub fn any_true(&self, json: &[u8]) -> Result<bool, String> {
        let input = read::parse(json)?;
        let host = Alone::default();
        let mut is_true = false;
        let ended = self.engine.run(&host, input, |output| {
            is_true = output.is_truthy();
            !is_true
        });
        if host.has_asked_the_time.get() {
            return Err("`now` is not available here: pass the time in a variable".to_owned());
        }
        match ended {
            Ok(()) => Ok(is_true),
            Err(Stop::Halt(status)) => Err(format!("the program halted with status {status}")),
            Err(Stop::Error(value)) => Err(value
                .as_str()
                .map_or_else(|| compact(&value), str::to_owned)),
        }
    }
}

/// A host without inputs, environment or clock.
#[derive(Default)]
struct Alone {
    has_asked_the_time: Cell<bool>,
}

impl Host for Alone {
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
        self.has_asked_the_time.set(true);
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
    fn an_output_that_is_neither_false_nor_null_is_a_hit() {
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
        assert!(hits("def f: f + 1; f", "{}").is_err());
    }

    #[test]
    fn a_program_has_no_environment_inputs_or_clock() {
        assert_eq!(hits("env | length > 0", "{}"), Ok(false));
        assert!(hits("include \"a\"; .", "{}").is_err());
        assert!(hits("input", "{}").is_err());
        assert!(hits("now > 0", "{}").is_err());
    }

    #[test]
    fn a_program_that_does_not_compile_is_reported() {
        let message = hits(".a |", "{}").unwrap_err();
        assert!(message.starts_with("jq: error: syntax error"), "{message}");
    }
}
