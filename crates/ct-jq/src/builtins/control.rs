//! Native filters that use the program's host (its inputs, messages and environment), and native
//! constants.

use super::{Native, Outputs, Session, hosted, many, plain};
use crate::value::{Val, error};
use std::iter;

pub(super) fn natives() -> Box<[Native]> {
    Box::new([
        hosted("input", |session, _| {
            let input = session.host.next_input();
            input
                .unwrap_or_else(|| Err("break".to_owned()))
                .map_err(error::error)
        }),
        many("inputs", inputs),
        hosted("debug", |session, value| {
            session.host.debug(&value);
            Ok(value)
        }),
        hosted("stderr", |session, value| {
            session.host.stderr(&value);
            Ok(value)
        }),
        hosted("env", |session, _| Ok(session.host.env())),
        hosted("now", |session, _| Ok(Val::number(session.host.now()))),
        hosted("input_filename", |session, _| {
            Ok(session.host.input_filename())
        }),
        hosted("input_line_number", |session, _| {
            Ok(Val::count(session.host.input_line_number()))
        }),
        hosted("get_search_list", |session, _| {
            Ok(session.host.search_list())
        }),
        hosted("get_jq_origin", |session, _| Ok(session.host.jq_origin())),
        hosted("get_prog_origin", |session, _| {
            Ok(session.host.prog_origin())
        }),
        hosted("modulemeta", |session, value| {
            let name = value
                .as_str()
                .ok_or_else(|| error::error("modulemeta input module name must be a string"))?;
            session.host.modulemeta(name).map_err(error::error)
        }),
        plain("have_decnum", |_| Ok(Val::Bool(true))),
        plain("have_literal_numbers", |_| Ok(Val::Bool(true))),
        plain("builtins", |_| Ok(builtins())),
        plain("infinite", |_| Ok(Val::number(f64::INFINITY))),
        plain("nan", |_| Ok(Val::number(f64::NAN))),
        plain("type", |value| Ok(Val::string(value.kind()))),
    ])
}

/// The remaining inputs, up to and including the first that cannot be read.
fn inputs<'a>(session: &Session<'a>, _: Val) -> Outputs<'a> {
    let host = session.host;
    let mut has_failed = false;
    Box::new(iter::from_fn(move || {
        let input = if has_failed { None } else { host.next_input() };
        input.map(|input| {
            has_failed = input.is_err();
            input.map_err(error::error)
        })
    }))
}

fn builtins() -> Val {
    let names = super::NAMES.iter();
    Val::array(
        names
            .map(|(name, arity)| Val::from(format!("{name}/{arity}")))
            .collect(),
    )
}
