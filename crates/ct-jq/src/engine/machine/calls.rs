//! Calls of native filters and of functions.

use super::{Flow, FlowResult, Machine};
use crate::builtins::Run;
use crate::engine::code::Callee;
use crate::engine::stack::{Closure, Resume};
use crate::engine::work;
use crate::value::error;

impl Machine<'_> {
    pub(super) fn native(&mut self, at: u32, run: Run) -> FlowResult {
        let input = self.stack.pop();
        if !self.work.allows(work::of_value(&input)) {
            return Ok(Flow::Back);
        }
        let output = match run {
            Run::Plain(run) => run(input),
            Run::Unary(run) => run(input, self.stack.pop()),
            Run::Binary(run) => {
                let first = self.stack.pop();
                // The first argument may be the path of `setpath`, which makes arrays grow.
                if !self.work.allows(work::of_path(&first)) {
                    return Ok(Flow::Back);
                }
                run(input, first, self.stack.pop())
            }
            Run::Ternary(run) => {
                let first = self.stack.pop();
                let second = self.stack.pop();
                run(input, first, second, self.stack.pop())
            }
            Run::Hosted(run) => run(&self.session, input),
            Run::HostedUnary(run) => run(&self.session, input, self.stack.pop()),
            Run::HostedBinary(run) => {
                let first = self.stack.pop();
                run(&self.session, &input, &first, &self.stack.pop())
            }
            Run::HostedTernary(run) => {
                let first = self.stack.pop();
                let second = self.stack.pop();
                run(&self.session, &input, &first, &second, &self.stack.pop())
            }
            Run::Many(run) => {
                let outputs = run(&self.session, input);
                self.stack.fork(at, Resume::Outputs(outputs));
                return Ok(Flow::Back);
            }
        };
        let output = output?;
        if !self.work.allows(work::of_value(&output)) {
            return Ok(Flow::Back);
        }
        self.stack.push(output);
        Ok(Flow::Next)
    }

    pub(super) fn halt_error(&mut self) -> FlowResult {
        let value = self.stack.pop();
        let status = self.stack.pop();
        let Some(status) = status.as_f64() else {
            return Err(error::about(&value, "halt_error/1: number required"));
        };
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        let status = status as i32;
        self.session.host.halt_error(value, status);
        Ok(Flow::Halt(status))
    }

    fn closure(&self, callee: Callee) -> Closure {
        match callee {
            Callee::Global(function) => Closure { function, home: 0 },
            Callee::Local { level, function } => Closure {
                function,
                home: self.stack.home(level),
            },
            Callee::Argument { level, index } => self.stack.argument(level, index),
        }
    }

    /// Calls a filter. Without an address in `return_to`, the call replaces the running function.
    pub(super) fn call(&mut self, call: u32, return_to: Option<u32>) -> Flow {
        let call = &self.code.calls[call as usize];
        let callee = self.closure(call.callee);
        let mut arguments = std::mem::take(&mut self.arguments);
        arguments.clear();
        arguments.extend(call.arguments.iter().map(|callee| self.closure(*callee)));
        let return_to = return_to.unwrap_or_else(|| self.stack.leave());
        let function = self.code.functions[callee.function as usize];
        self.stack
            .enter(callee.home, return_to, function.variables, &arguments);
        self.arguments = arguments;
        Flow::Goto(function.entry)
    }
}
