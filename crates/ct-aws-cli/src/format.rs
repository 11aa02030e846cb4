//! Formats a listing in the output formats of the AWS CLI, page by page if the format allows it.

mod drawing;
mod table;
mod text;
mod width;
pub(crate) mod written;
mod yaml;
pub(crate) mod yaml_resolver;
mod yaml_scalar;

pub(crate) use drawing::Colors;

use crate::cli_error::CliError;
use crate::listing::page::{EventPage, Records, whole};
use crate::query::Query;
use ct_aws::python::dumps;
use ct_aws::python::value::{Map, Value};

/// The title of the outermost box in the table format.
pub(crate) const OPERATION: &str = "LookupEvents";

/// The values of `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Text,
    Table,
    Yaml,
    YamlStream,
    Off,
}

impl Form {
    /// The output format `name`, or `None` if there is no such format.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "text" => Self::Text,
            "table" => Self::Table,
            "yaml" => Self::Yaml,
            "yaml-stream" => Self::YamlStream,
            "off" => Self::Off,
            _ => return None,
        })
    }
}

/// Output settings.
#[derive(Debug)]
pub(crate) struct Style {
    pub(crate) form: Form,
    pub(crate) query: Option<Query>,
    pub(crate) colors: Colors,
    /// The width of the terminal, in columns. If a table is wider, every section with a single row
    /// is printed with one line per column.
    pub(crate) terminal_columns: usize,
    /// Whether all pages are requested, so that the output is one combined result.
    pub(crate) is_paginated: bool,
}

/// Formats pages as text.
pub(crate) struct Printer {
    style: Style,
    progress: Progress,
}

/// The output state: the number of events printed so far, or the events to print at the end.
enum Progress {
    /// Events are printed as they arrive. This is the case for JSON or YAML without a query.
    /// `events` is the number of events printed so far, or `None` before the first page with
    /// events.
    Streamed {
        events: Option<usize>,
        yaml: yaml::Document,
    },
    /// Each page is printed by itself.
    PageByPage,
    /// Nothing is printed until all events are known. Contains the events so far.
    Kept(Option<Vec<Value<'static>>>),
    Nothing,
}

impl Printer {
    pub(crate) fn new(style: Style) -> Self {
        let progress = match (style.form, &style.query) {
            (Form::Off, _) => Progress::Nothing,
            (Form::Text | Form::YamlStream, _) => Progress::PageByPage,
            (Form::Json | Form::Yaml, None) => Progress::Streamed {
                events: None,
                yaml: yaml::Document::default(),
            },
            (Form::Json | Form::Yaml, Some(_)) | (Form::Table, _) => Progress::Kept(None),
        };
        Self { style, progress }
    }

    /// Whether the records in events are parsed or stay verbatim.
    pub(crate) fn records(&self) -> Records {
        match (self.style.form, &self.style.query) {
            (Form::Json, None) => Records::Kept,
            _ => Records::Read,
        }
    }

    /// Whether there is a query. With a query, the token of a truncated listing is printed only if
    /// the query selects the token.
    pub(crate) fn has_query(&self) -> bool {
        self.style.query.is_some()
    }

    /// Appends to `out` the part of `page` that can be printed before the next page arrives.
    ///
    /// # Errors
    /// If the query or the format cannot represent the page.
    pub(crate) fn page(&mut self, page: EventPage<'_>, out: &mut String) -> Result<(), CliError> {
        let is_json = self.style.form == Form::Json;
        match &mut self.progress {
            Progress::Nothing => Ok(()),
            Progress::Streamed { events, yaml } => {
                if is_json {
                    stream_json(events, page.events, out);
                } else {
                    stream_yaml(events, yaml, page.events, out);
                }
                Ok(())
            }
            Progress::PageByPage => self.alone(page, out),
            Progress::Kept(kept) => {
                if let Some(events) = page.events {
                    let kept = kept.get_or_insert_default();
                    kept.extend(events.into_iter().map(Value::into_owned));
                }
                Ok(())
            }
        }
    }

    fn alone(&self, page: EventPage<'_>, out: &mut String) -> Result<(), CliError> {
        let value = match (self.style.form, self.style.is_paginated) {
            (Form::Text, true) => {
                // For a paginated listing, the text format prints only the field `Events`. Python
                // prints `None` for an absent list of events.
                let events = page.events.map_or(Value::Null, Value::List);
                Value::Map(vec![("Events".into(), events)])
            }
            (_, is_paginated) => {
                let value = page.into_value();
                if !is_paginated && value == Value::Map(Map::new()) && self.style.form != Form::Text
                {
                    return Ok(());
                }
                value
            }
        };
        let value = self.searched(value)?;
        if self.style.form == Form::Text {
            return text::write(out, &value).map_err(CliError::General);
        }
        out.push_str(&yaml::document(&Value::List(vec![value])));
        Ok(())
    }

    /// Appends to `out` the rest of the output. `resume` is the token with which to continue a
    /// truncated listing.
    ///
    /// # Errors
    /// If the query or the format cannot represent the result.
    pub(crate) fn end(&mut self, resume: Option<String>, out: &mut String) -> Result<(), CliError> {
        match std::mem::replace(&mut self.progress, Progress::Nothing) {
            Progress::Nothing => Ok(()),
            Progress::Streamed { events, yaml } => {
                if self.style.form == Form::Json {
                    end_json(events, resume, out);
                } else {
                    end_yaml(events, yaml, resume, out);
                }
                Ok(())
            }
            Progress::PageByPage => match (self.style.form, resume) {
                (Form::Text, Some(token)) if self.style.is_paginated => {
                    let token = Value::String(token.into());
                    let inner = Value::Map(vec![("NextToken".into(), token)]);
                    let value = Value::Map(vec![("NextToken".into(), inner)]);
                    text::write(out, &self.searched(value)?).map_err(CliError::General)
                }
                _ => Ok(()),
            },
            Progress::Kept(events) => {
                let value = self.searched(whole(events, resume))?;
                let title = OPERATION;
                self.style.value(title, &value, out)
            }
        }
    }

    fn searched<'a>(&self, value: Value<'a>) -> Result<Value<'a>, CliError> {
        match &self.style.query {
            Some(query) => query.search(&value).map_err(CliError::General),
            None => Ok(value),
        }
    }
}

impl Style {
    /// Appends one complete value to `out`.
    ///
    /// # Errors
    /// If the format cannot represent the value.
    pub(crate) fn value(
        &self,
        title: &str,
        value: &Value<'_>,
        out: &mut String,
    ) -> Result<(), CliError> {
        match self.form {
            Form::Json => {
                if *value != Value::Map(Map::new()) {
                    dumps::write(out, value, 0);
                    out.push('\n');
                }
            }
            Form::Yaml if value.is_scalar() => {
                dumps::write(out, value, 0);
                out.push('\n');
            }
            Form::Yaml => out.push_str(&yaml::document(value)),
            Form::YamlStream => {
                out.push_str(&yaml::document(&Value::List(vec![value.clone()])));
            }
            Form::Text => text::write(out, value).map_err(CliError::General)?,
            Form::Table => {
                if let Some(sections) = table::sections(title, value).map_err(CliError::General)? {
                    sections.draw(out, self.terminal_columns, self.colors);
                }
            }
            Form::Off => {}
        }
        Ok(())
    }
}

fn stream_json(count: &mut Option<usize>, events: Option<Vec<Value<'_>>>, out: &mut String) {
    let Some(events) = events else {
        return;
    };
    let count = count.get_or_insert_with(|| {
        out.push_str("{\n    \"Events\": [");
        0
    });
    for event in events {
        if *count > 0 {
            out.push(',');
        }
        dumps::new_line(out, 2);
        dumps::write(out, &event, 2);
        *count += 1;
    }
}

fn end_json(count: Option<usize>, resume: Option<String>, out: &mut String) {
    match (count, &resume) {
        (None, None) => return,
        (None, Some(_)) => out.push('{'),
        (Some(count), _) => {
            if count > 0 {
                dumps::new_line(out, 1);
            }
            out.push(']');
        }
    }
    if let Some(token) = resume {
        if count.is_some() {
            out.push(',');
        }
        dumps::new_line(out, 1);
        out.push_str("\"NextToken\": ");
        dumps::write_string(out, &token);
    }
    out.push_str("\n}\n");
}

fn stream_yaml(
    count: &mut Option<usize>,
    document: &mut yaml::Document,
    events: Option<Vec<Value<'_>>>,
    out: &mut String,
) {
    let Some(events) = events else {
        return;
    };
    let count = count.get_or_insert_with(|| {
        document.key("Events");
        0
    });
    for event in events {
        document.item(&event);
        *count += 1;
    }
    out.push_str(&document.take());
}

fn end_yaml(
    count: Option<usize>,
    mut document: yaml::Document,
    resume: Option<String>,
    out: &mut String,
) {
    match (count, &resume) {
        (None, None) => {
            out.push_str("{}\n");
            return;
        }
        (Some(0), _) => document.value(&Value::List(Vec::new())),
        _ => {}
    }
    if let Some(token) = resume {
        document.key("NextToken");
        document.value(&Value::String(token.into()));
    }
    out.push_str(&document.end());
}

#[cfg(test)]
mod tests;
