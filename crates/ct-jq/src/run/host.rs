//! Gives a program access to its inputs, messages and environment: a run is the host of its
//! program.

use crate::args::settings::object;
use crate::builtins::Host;
use crate::run::Run;
use crate::syntax::{MetadataError, module_meta};
use crate::value::Val;
use crate::value::read::lossy;
use crate::value::text::Text;
use crate::value::write::{Indent, Style, compact};

impl Host for Run<'_> {
    fn next_input(&self) -> Option<Result<Val, String>> {
        self.next()
    }

    fn input_filename(&self) -> Val {
        self.inputs
            .borrow()
            .file_name()
            .map_or(Val::Null, Val::string)
    }

    fn input_line_number(&self) -> usize {
        self.inputs.borrow_mut().line_number()
    }

    fn debug(&self, value: &Val) {
        let style = Style {
            indent: Indent::Compact,
            ..self.style.clone()
        };
        let mut out = Vec::new();
        style.write(
            &Val::array(vec![Val::string("DEBUG:"), value.clone()]),
            &mut out,
        );
        out.push(b'\n');
        self.warn(&lossy(&out));
    }

    fn stderr(&self, value: &Val) {
        match value.as_str() {
            Some(text) => self.warn(text),
            None => self.warn(&compact(value)),
        }
    }

    fn halt_error(&self, value: Val, _status: i32) {
        match value.as_str() {
            Some(text) => self.warn(text),
            None if matches!(value, Val::Null) => {}
            None => self.warn(&format!("{}\n", compact(&value))),
        }
    }

    fn time_zone(&self) -> jiff::tz::TimeZone {
        use jiff::tz::TimeZone;
        let name = self.environment.variable("TZ").unwrap_or_default();
        let is_known = |name: &str| TimeZone::get(name).is_ok() || TimeZone::posix(name).is_ok();
        if name.is_empty() || name.starts_with([':', '/']) || is_known(&name) {
            return TimeZone::system();
        }
        // The C library uses these dates if `TZ` names summer time without dates.
        let with_rule = TimeZone::posix(&format!("{name},M3.2.0,M11.1.0"));
        with_rule.unwrap_or_else(|_| TimeZone::system())
    }

    fn env(&self) -> Val {
        if self.args.sandbox {
            return object([]);
        }
        let pairs = self.environment.variables.iter();
        object(pairs.map(|(name, value)| (Text::from(name.as_str()), Val::string(value))))
    }

    fn now(&self) -> f64 {
        (self.environment.now)()
    }

    fn search_list(&self) -> Val {
        Val::array(
            self.places
                .library
                .iter()
                .map(|folder| Val::string(folder))
                .collect(),
        )
    }

    fn jq_origin(&self) -> Val {
        Val::string(&self.places.origin)
    }

    fn prog_origin(&self) -> Val {
        Val::string(&self.places.program)
    }

    fn modulemeta(&self, name: &str) -> Result<Val, String> {
        match module_meta(self.places, name) {
            Ok(meta) => crate::value::read::parse(meta.as_bytes()),
            Err(MetadataError::Missing(message)) => Err(message),
            Err(MetadataError::Wrong(errors)) => {
                for message in errors.messages {
                    self.warn(&format!("{message}\n"));
                }
                Ok(Val::Null)
            }
        }
    }
}
