//! Turns a command line into an action. Checks happen in the same order as in the AWS CLI.

use ct_aws::python;
use ct_core::time::LocalZone;
use jiff::Zoned;

use crate::Environment;
use crate::args::help;
use crate::args::{self, Args, USAGE, UsageError};
use crate::cli_error::CliError;
use crate::format::{self, Colors, Form};
use crate::listing::Limits;
use crate::listing::timestamp;
use crate::params::{self, input, skeleton};
use crate::query::Query;
use crate::report::ErrorFormat;
use crate::screen::encoding::Encoding;
use crate::screen::pager;
use crate::{value, warn};
use ct_aws::config::{Config, Variables};
use ct_aws::python::value::{Map, Value};

/// A lookup that is ready to run.
pub(crate) struct Invocation {
    pub(crate) args: Args,
    /// The parameters as typed, which are validated after the client has been created.
    pub(crate) params: Map<'static>,
    pub(crate) limits: Limits,
    pub(crate) style: format::Style,
    pub(crate) times: timestamp::TimestampStyle,
    pub(crate) encoding: Encoding,
    /// The command line of the pager, or `None` if the output does not go through a pager.
    pub(crate) pager: Option<String>,
    /// Whether standard output is a terminal.
    pub(crate) is_terminal: bool,
    /// Whether to print an empty response instead of sending a request.
    pub(crate) is_sample: bool,
    pub(crate) now: Zoned,
}

/// The action that a command line requests.
pub(crate) enum Action {
    /// Print text.
    Print(String),
    /// Look up events, and report errors in the given format.
    Run(Box<Invocation>, ErrorFormat),
}

impl Action {
    /// Parses and checks `words`.
    ///
    /// # Errors
    /// The error, and the format in which to report it.
    pub(crate) fn new(
        words: &[String],
        config: &mut Config,
        surroundings: &Environment,
    ) -> Result<Self, (CliError, ErrorFormat)> {
        let global =
            args::global(words).map_err(|message| (usage(&message), shape(None, None, config)))?;
        let text = |name: &str| {
            global
                .values
                .get(name)
                .and_then(|words| words.first().cloned())
        };
        if global.values.contains_key("--version") {
            return Ok(Self::Print(help::version()));
        }
        let asked_shape = text("--cli-error-format");
        let shape =
            |query: Option<&Query>, config: &Config| shape(asked_shape.as_deref(), query, config);
        let query = text("--query").map(|query| compile(&query)).transpose();
        let query = query.map_err(|fault| {
            // If the query is invalid, the AWS CLI cannot format a structured error, and prints an
            // error message in plain text instead.
            let shape = match shape(None, config) {
                ErrorFormat::Structured(_) => ErrorFormat::Legacy,
                shape => shape,
            };
            (fault, shape)
        })?;
        if let Some(url) = text("--endpoint-url") {
            check_url(&url).map_err(|fault| (fault, shape(query.as_ref(), config)))?;
        }
        for option in ["--cli-read-timeout", "--cli-connect-timeout"] {
            let number = text(option).map_or(Ok(0), |text| params::integer(&text));
            number.map_err(|fault| (fault, shape(query.as_ref(), config)))?;
        }
        config.ask_for_profile(text("--profile").as_deref());
        let asked_query = query.clone();
        let shape = || shape(asked_query.as_ref(), config);
        let encoding = Encoding::new(&config.variables).map_err(|fault| (fault, shape()))?;
        let times = times(config, &surroundings.now).map_err(|fault| (fault, shape()))?;
        let args = Args::new(global).map_err(|wrong| match wrong {
            UsageError::Usage(message) => (usage(&message), shape()),
            UsageError::Unknown(words) => (CliError::Unknown(words), shape()),
        })?;
        if args.wants_help() {
            return Ok(Self::Print(help::text()));
        }
        let draft = ParsedCommand {
            args,
            query,
            times,
            encoding,
        };
        draft
            .finish(config, surroundings)
            .map_err(|fault| (fault, shape()))
    }
}

/// A command line whose options were parsed successfully.
struct ParsedCommand {
    args: Args,
    query: Option<Query>,
    times: timestamp::TimestampStyle,
    encoding: Encoding,
}

impl ParsedCommand {
    fn finish(self, config: &Config, surroundings: &Environment) -> Result<Action, CliError> {
        let Self {
            args,
            query,
            times,
            encoding,
        } = self;
        let manual = args.has("--max-results") || args.has("--next-token");
        let mut is_paginated = !args.has("--no-paginate") && !manual;
        if !is_paginated {
            refuse_paging(&args)?;
        }
        let mut params = params::from_args(&args, &config.variables)?;
        let limits = limits(&args, &config.variables)?;
        input::add(&mut params, &args, &config.variables)?;
        if params
            .iter()
            .any(|(key, _)| matches!(key.as_ref(), "MaxResults" | "NextToken"))
        {
            is_paginated = false;
        }
        is_paginated &= args.text("--generate-cli-skeleton") != Some("output");
        if !is_paginated && limits != Limits::default() {
            // In botocore, the pagination options set the parameter `PaginationConfig`, which
            // validation rejects for a single request.
            value::insert(
                &mut params,
                "PaginationConfig".into(),
                Value::Map(Map::new()),
            );
        }
        let color = args.text("--color").unwrap_or("auto");
        let is_terminal = surroundings.terminal_columns.is_some();
        let pager = pager::command(config)
            .filter(|_| is_terminal && !args.has("--no-cli-pager"))
            .map(str::to_owned);
        let colors = match (color, is_terminal, &pager) {
            ("off", ..) | ("auto", false, _) => Colors::Off,
            (_, _, Some(_)) => Colors::On,
            (_, _, None) => Colors::OnWithResets,
        };
        let style = |form| format::Style {
            form,
            query: query.clone(),
            colors,
            terminal_columns: surroundings.terminal_columns.unwrap_or(80),
            is_paginated,
        };
        match args.text("--generate-cli-skeleton") {
            Some("input") => return Ok(Action::Print(skeleton::INPUT.to_owned())),
            Some("yaml-input") => return Ok(Action::Print(skeleton::YAML_INPUT.to_owned())),
            Some(_) | None => {}
        }
        let is_sample = args.has("--generate-cli-skeleton");
        let form = form(&args, config)?;
        let shape = shape(args.text("--cli-error-format"), query.as_ref(), config);
        Ok(Action::Run(
            Box::new(Invocation {
                style: style(form),
                args,
                params,
                limits,
                times,
                encoding,
                pager,
                is_terminal,
                is_sample,
                now: surroundings.now.clone(),
            }),
            shape,
        ))
    }
}

/// The format of error messages, as selected by the option, the environment or the profile. If the
/// selected profile does not exist, the result is the legacy format.
///
/// `--query` also applies to structured errors, as to all output that the AWS CLI formats.
pub(crate) fn shape(asked: Option<&str>, query: Option<&Query>, config: &Config) -> ErrorFormat {
    let variable = asked.or_else(|| config.variable("AWS_CLI_ERROR_FORMAT"));
    if variable.is_none() && !config.has_profile() {
        return ErrorFormat::Legacy;
    }
    let name = variable
        .or_else(|| config.setting("cli_error_format"))
        .unwrap_or("enhanced");
    match name.to_lowercase().as_str() {
        "legacy" => ErrorFormat::Legacy,
        name => match Form::named(name) {
            Some(form @ (Form::Json | Form::Yaml | Form::Text | Form::Table)) => {
                ErrorFormat::Structured(Box::new(format::Style {
                    form,
                    query: query.cloned(),
                    colors: Colors::Off,
                    terminal_columns: 80,
                    is_paginated: false,
                }))
            }
            _ => ErrorFormat::Enhanced,
        },
    }
}

fn usage(message: &str) -> CliError {
    CliError::Param(format!("{message}\n\n{USAGE}"))
}

fn compile(query: &str) -> Result<Query, CliError> {
    Query::new(query)
        .map_err(|reason| CliError::Param(format!("Bad value for --query {query}: {reason}")))
}

fn check_url(url: &str) -> Result<(), CliError> {
    let has_scheme = url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    if has_scheme {
        return Ok(());
    }
    Err(CliError::Param(format!(
        "Bad value for --endpoint-url \"{url}\": scheme is missing.  Must be of the form \
         http://<hostname>/ or https://<hostname>/"
    )))
}

fn times(config: &Config, now: &Zoned) -> Result<timestamp::TimestampStyle, CliError> {
    match config.setting("cli_timestamp_format") {
        None | Some("iso8601") => Ok(timestamp::TimestampStyle::Iso(LocalZone::of(now))),
        Some("wire") => Ok(timestamp::TimestampStyle::Wire),
        Some(other) => Err(CliError::Configuration(format!(
            "Unknown cli_timestamp_format value: {other}, valid values are \"wire\" or \"iso8601\""
        ))),
    }
}

fn refuse_paging(args: &Args) -> Result<(), CliError> {
    let is_set = |name: &&str| {
        args.text(name)
            .is_some_and(|text| !text.is_empty() && python::int(text) != Some(0))
    };
    let set: Vec<_> = ["--starting-token", "--page-size", "--max-items"]
        .into_iter()
        .filter(is_set)
        .collect();
    if set.is_empty() {
        return Ok(());
    }
    Err(CliError::Param(format!(
        "Cannot specify --no-paginate along with pagination arguments: {}",
        set.join(", ")
    )))
}

fn limits(args: &Args, variables: &Variables) -> Result<Limits, CliError> {
    let number = |name| args.text(name).and_then(python::int);
    let max_items = number("--max-items").map(|number| {
        i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
    });
    if max_items.is_some_and(|number| number <= 0) {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr().lock(),
            b"warning: Non-positive values for --max-items may result in undefined behavior.\n",
        );
    }
    Ok(Limits {
        starting_token: params::text(args, "--starting-token", variables)?,
        page_size: number("--page-size"),
        max_items,
    })
}

fn form(args: &Args, config: &Config) -> Result<Form, CliError> {
    let name = args
        .text("--output")
        .or_else(|| config.value("AWS_DEFAULT_OUTPUT", "output"))
        .unwrap_or("json");
    Form::named(name).ok_or_else(|| CliError::General(format!("Unknown output type: {name}")))
}

/// Rejects parameters that the service accepts but interprets differently than the user intends.
///
/// # Errors
/// If there is more than one lookup attribute.
pub(crate) fn refuse_ambiguous(params: &Map<'_>) -> Result<(), CliError> {
    let attributes = params.iter().find(|(key, _)| key == "LookupAttributes");
    match attributes {
        Some((_, Value::List(items))) if items.len() > 1 => Err(CliError::Param(format!(
            "--lookup-attributes has {} attributes, and CloudTrail takes one: give one here, and \
             filter the answer, or use `ct-fetch` with several filters",
            items.len()
        ))),
        _ => Ok(()),
    }
}

/// Validates the request parameters. Also validates `page_size`. Each request of a listing sends
/// `page_size` as `MaxResults`, but this function does not add it to the result.
///
/// # Errors
/// See [`params::check`] and [`refuse_ambiguous`].
pub(crate) fn checked(
    mut params: Map<'static>,
    page_size: Option<i128>,
    now: &Zoned,
) -> Result<Map<'static>, CliError> {
    if let Some(size) = page_size {
        params.push(("MaxResults".into(), Value::Int(size)));
    }
    let mut params = params::check(params, now, &mut warn)?;
    if page_size.is_some() {
        params.pop();
    }
    refuse_ambiguous(&params)?;
    Ok(params)
}
