//! Requests one page at a time, and prints each page before requesting the next.

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::Duration;

use ct_core::exit::Failure;

use ct_aws::stop;

use crate::cli_error::CliError;
use crate::format::{self, Colors, Form, Printer};
use crate::invocation::{self, Invocation};
use crate::listing::page::{EventPage, Records};
use crate::listing::starting_token::Start;
use crate::listing::timestamp::TimestampStyle;
use crate::listing::{self, Listing};
use crate::params::skeleton;
use crate::screen::Screen;
use crate::service::Service;
use crate::service::response::RequestResult;
use crate::service::retry::{Attempts, FailureClass, wait};
use crate::{params, print, warn};
use ct_aws::config::Config;
use ct_aws::python::value::Map;

/// Runs `invocation`.
///
/// # Errors
/// The error that ended the run early. Events fetched before the error have been printed.
pub(crate) async fn run(invocation: Invocation, config: &Config) -> Result<(), CliError> {
    let mut stop = pin!(stop::stop_or_leave(false));
    let (service, attempts) = until(&mut stop, Box::pin(connect(&invocation, config))).await??;
    let form = invocation.style.form;
    let is_paginated = invocation.style.is_paginated;
    let page_size = invocation.limits.page_size.filter(|_| is_paginated);
    let mut params = invocation.params;
    let start = match invocation.limits.starting_token.as_deref() {
        Some(token) if is_paginated => Start::decode(token)?,
        _ => Start::default(),
    };
    start.put(&mut params);
    let params = match config.setting("parameter_validation") {
        Some(setting) if !setting.eq_ignore_ascii_case("true") => {
            params::serialize(params, &invocation.now, &mut warn)?
        }
        _ => invocation::checked(params, page_size, &invocation.now)?,
    };
    let mut screen = Screen::new(invocation.encoding, form, invocation.pager, config)?;
    let leaves_colors =
        form == Form::Table && invocation.style.colors != Colors::Off && invocation.is_terminal;
    let sample = if invocation.is_sample {
        sample(&invocation.style)?
    } else {
        String::new()
    };
    let mut printer = Printer::new(invocation.style);
    let mut lookup = Lookup {
        service,
        attempts,
        times: invocation.times,
        records: printer.records(),
        is_debugged: invocation.args.has("--debug"),
        stop,
    };
    let result = if invocation.is_sample {
        screen.show(&sample)
    } else if is_paginated {
        let listing = Listing::new(params, start.skip, &invocation.limits);
        follow(&mut lookup, listing, &mut printer, (form, &mut screen)).await
    } else {
        single(&mut lookup, &params, &mut printer, &mut screen).await
    };
    let mut closed = screen.close();
    if leaves_colors {
        // Python's colorama writes one more reset sequence when the process ends.
        closed = closed.and(print("\x1b[0m"));
    }
    result.and(closed)
}

async fn connect(
    invocation: &Invocation,
    config: &Config,
) -> Result<(Service, Attempts), CliError> {
    let service = Service::connect(&invocation.args, config).await?;
    if invocation.args.has("--no-verify-ssl") {
        warn(
            "the server's certificate is not verified: use --ca-bundle instead of --no-verify-ssl",
        );
    }
    let has_mode = config.value("AWS_RETRY_MODE", "retry_mode").is_some();
    Ok((service, Attempts::new(config.max_attempts()?, has_mode)))
}

/// The text of the empty response that is printed instead of sending a request.
fn sample(style: &format::Style) -> Result<String, CliError> {
    let mut value = skeleton::output(style.form);
    if let Some(query) = &style.query {
        value = query.search(&value).map_err(CliError::General)?;
    }
    let mut out = String::new();
    style.value(format::OPERATION, &value, &mut out)?;
    Ok(out)
}

/// The state that the requests for all pages share.
struct Lookup<'s, S> {
    service: Service,
    attempts: Attempts,
    times: TimestampStyle,
    records: Records,
    is_debugged: bool,
    stop: Pin<&'s mut S>,
}

/// Runs `work` until `work` is done, the user presses ctrl-C, or the reader closes standard output.
async fn until<S: Future<Output = Failure>, T>(
    stop: &mut Pin<&mut S>,
    work: impl Future<Output = T>,
) -> Result<T, CliError> {
    tokio::select! {
        biased;
        failure = stop => Err(failure.into()),
        done = work => Ok(done),
    }
}

/// Sends one request, without pagination. The token in the response is printed together with the
/// events.
async fn single<S: Future<Output = Failure>>(
    lookup: &mut Lookup<'_, S>,
    params: &Map<'_>,
    printer: &mut Printer,
    screen: &mut Screen,
) -> Result<(), CliError> {
    let print = |page: EventPage<'_>| {
        let token = page.token.clone();
        let mut out = String::new();
        printer.page(page, &mut out)?;
        printer.end(token, &mut out)?;
        Ok(out)
    };
    let out = lookup.request_page(&listing::body(params), print).await?;
    screen.show(&out)
}

/// Requests and prints all pages, up to the limits.
async fn follow<S: Future<Output = Failure>>(
    lookup: &mut Lookup<'_, S>,
    mut listing: Listing,
    printer: &mut Printer,
    (form, screen): (Form, &mut Screen),
) -> Result<(), CliError> {
    while let Some(params) = listing.next() {
        let body = listing::body(params);
        let print = |page: EventPage<'_>| {
            let (page, next) = listing.accept(page);
            let mut out = String::new();
            printer.page(page, &mut out)?;
            Ok((out, next))
        };
        let next = match lookup.request_page(&body, print).await {
            Ok((out, next)) => {
                screen.show(&out)?;
                next
            }
            Err(fault) => Err(fault),
        };
        if let Err(fault) = next {
            return cut_short(fault, &listing, printer, (form, screen));
        }
    }
    let mut out = String::new();
    printer.end(listing.resume(), &mut out)?;
    screen.show(&out)
}

/// Handles an error during a listing: if a page has been fetched, ends the output with the token
/// from which to resume.
fn cut_short(
    fault: CliError,
    listing: &Listing,
    printer: &mut Printer,
    (form, screen): (Form, &mut Screen),
) -> Result<(), CliError> {
    let Some(token) = listing.interrupted() else {
        return Err(fault);
    };
    let has_query = printer.has_query();
    // Scripts parse these formats line by line or page by page. The AWS CLI adds no token to them,
    // so this function adds none either.
    let is_whole = match form {
        Form::YamlStream | Form::Off => true,
        Form::Text => has_query,
        Form::Json | Form::Yaml | Form::Table => false,
    };
    if matches!(fault, CliError::Interrupted | CliError::ReaderLeft) || is_whole {
        return Err(fault);
    }
    let mut out = String::new();
    printer.end(Some(token.clone()), &mut out)?;
    screen.show(&out)?;
    if has_query {
        warn(&format!(
            "the listing ended early: the output contains the events fetched so far: continue with --starting-token {token}"
        ));
    }
    Err(fault)
}

impl<S: Future<Output = Failure>> Lookup<'_, S> {
    /// Fetches a page and passes it to `read`. A failed request is retried until the permitted
    /// number of attempts is used.
    async fn request_page<T>(
        &mut self,
        body: &str,
        read: impl FnOnce(EventPage<'_>) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let mut tried = 0;
        loop {
            tried += 1;
            if self.is_debugged {
                warn(&format!("debug: LookupEvents {body}"));
            }
            let answer = until(&mut self.stop, self.service.lookup_events(body)).await??;
            let (class, fault): (_, Box<dyn FnOnce(Option<u32>) -> CliError>) = match answer {
                RequestResult::Page(body) => {
                    match EventPage::parse(&body, &self.times, self.records) {
                        Ok(page) => return read(page),
                        Err(reason) => (
                            FailureClass::Malformed,
                            Box::new(move |_| malformed(&reason)),
                        ),
                    }
                }
                answer => {
                    let class = answer.failure_class().unwrap_or(FailureClass::Lasting);
                    (class, Box::new(move |retries| answer.into_fault(retries)))
                }
            };
            let most = self.attempts.max_for(class);
            if tried >= most {
                return Err(fault((most > 0).then(|| tried - 1)));
            }
            let pause = wait(class, tried, fastrand::f64());
            if self.is_debugged {
                warn(&format!(
                    "debug: {class:?}, next attempt in {} ms",
                    pause.as_millis()
                ));
            }
            self.pause(pause).await?;
        }
    }

    async fn pause(&mut self, pause: Duration) -> Result<(), CliError> {
        until(&mut self.stop, tokio::time::sleep(pause)).await
    }
}

fn malformed(reason: &str) -> CliError {
    CliError::General(format!(
        "The response to LookupEvents is not a page of events: {reason}"
    ))
}
