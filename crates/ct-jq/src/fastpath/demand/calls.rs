//! Analyses calls of the program's definitions and of builtins.

use jaq_core::load::parse::{Def, Term};

use crate::builtins::NAMES;
use crate::fastpath::compile::literal;
use crate::fastpath::demand::{Abstract, Analysis, Many, ROOT, Whole};
use crate::fastpath::scope::{Callee, Scope};

/// The constants, which are not in jq's list of builtins.
const CONSTANTS: [&str; 3] = ["null", "true", "false"];

impl Analysis {
    /// Analyses a call and returns its result; `None` if the result is unknown.
    pub(crate) fn call<'t>(
        &mut self,
        name: &'t str,
        arguments: &'t [Term<&'t str>],
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        match scope.callee(name, arguments.len()) {
            Callee::Argument(body, scope) => return self.term(body, input, scope),
            Callee::Definition(definition, inside) => {
                return self.inline(definition, arguments, input, (scope, inside));
            }
            Callee::Builtin => {}
        }
        let is_known = CONSTANTS.contains(&name)
            || name.starts_with('@')
            || NAMES.contains(&(name, arguments.len()));
        if !is_known {
            return None;
        }
        self.builtin(name, arguments, input, scope)
    }

    /// Analyses the body of a definition with its arguments in scope.
    fn inline<'t>(
        &mut self,
        def: &'t Def<&'t str>,
        arguments: &'t [Term<&'t str>],
        input: &Abstract,
        (caller, inside): (&Scope<'t, Abstract>, &Scope<'t, Abstract>),
    ) -> Option<Abstract> {
        let mut scope = inside.clone();
        for (name, body) in def.args.iter().zip(arguments) {
            let plain = name.strip_prefix('$');
            scope = scope.with_argument(plain.unwrap_or(name), body, caller);
            if plain.is_some() {
                let value = self.term(body, input, caller)?;
                scope = scope.with_variable(name, value);
            }
        }
        self.term(&def.body, input, &scope)
    }

    /// Analyses a call of a builtin and returns its result; `None` if the result is unknown.
    fn builtin<'t>(
        &mut self,
        name: &str,
        arguments: &'t [Term<&'t str>],
        input: &Abstract,
        scope: &Scope<'t, Abstract>,
    ) -> Option<Abstract> {
        match (name, arguments) {
            // These builtins show how far the inputs have been read.
            ("input_line_number" | "input_filename", []) => None,
            ("input" | "inputs", []) => Some(Abstract::Part(ROOT)),
            (
                "true" | "false" | "null" | "empty" | "not" | "now" | "env" | "infinite" | "nan"
                | "type",
                [],
            ) => Some(Whole),
            ("any" | "all" | "length", []) if matches!(input, Many(_)) => Some(Whole),
            (
                "values" | "nulls" | "booleans" | "numbers" | "strings" | "arrays" | "objects"
                | "iterables" | "scalars",
                [],
            ) => Some(input.clone()),
            ("reverse", []) if matches!(input, Many(_)) => Some(input.clone()),
            ("first" | "last", []) => Some(self.elements(input.clone())),
            ("select", [condition]) => {
                self.term(condition, input, scope)?;
                Some(input.clone())
            }
            ("has", [key]) if matches!(input, Abstract::Part(_)) => {
                if let Some(key) = literal(key) {
                    self.field(input, &key);
                } else {
                    self.demand(input);
                    self.all(key, input, scope)?;
                }
                Some(Whole)
            }
            ("map", [of]) => {
                let element = self.elements(input.clone());
                let mapped = self.term(of, &element, scope)?;
                Some(Many(Box::new(mapped)))
            }
            ("any" | "all", [condition]) => {
                let element = self.elements(input.clone());
                self.term(condition, &element, scope)?;
                Some(Whole)
            }
            ("any" | "all", [generator, condition]) => {
                let value = self.term(generator, input, scope)?;
                self.term(condition, &value, scope)?;
                Some(Whole)
            }
            ("isempty", [generator]) => {
                self.term(generator, input, scope)?;
                Some(Whole)
            }
            ("first" | "last", [generator]) => self.term(generator, input, scope),
            ("limit" | "skip", [count, generator]) => {
                self.all(count, input, scope)?;
                self.term(generator, input, scope)
            }
            ("nth", [index]) => {
                self.all(index, input, scope)?;
                Some(self.elements(input.clone()))
            }
            ("group_by" | "sort_by" | "unique_by" | "min_by" | "max_by", [key]) => {
                let element = self.elements(input.clone());
                self.all(key, &element, scope)?;
                Some(match name {
                    "group_by" => Many(Box::new(Many(Box::new(element)))),
                    "min_by" | "max_by" => element,
                    _ => Many(Box::new(element)),
                })
            }
            ("add" | "error", [values]) => self.all(values, input, scope),
            _ => {
                self.demand(input);
                for argument in arguments {
                    self.all(argument, &Whole, scope)?;
                }
                Some(Whole)
            }
        }
    }
}
