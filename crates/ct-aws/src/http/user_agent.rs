//! Sets the user agent of requests, even if `AWS_EXECUTION_ENV` is not valid in a header.

use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::os_shim_internal::Env;
use http::HeaderValue;

/// The SDK's user agent. A value of `AWS_EXECUTION_ENV` that is not valid in a header is omitted,
/// because the SDK would reject every request with such a value.
#[derive(Clone, Debug)]
pub(crate) struct UserAgent {
    execution_env: Option<String>,
}

impl UserAgent {
    /// `execution_env` is the value of `AWS_EXECUTION_ENV`.
    pub(crate) fn new(execution_env: Option<&str>) -> Self {
        let sendable = |text: &&str| HeaderValue::from_str(text).is_ok();
        Self {
            execution_env: execution_env.filter(sendable).map(str::to_owned),
        }
    }
}

#[dyn_dispatch_hint]
impl Intercept for UserAgent {
    fn name(&self) -> &'static str {
        "UserAgent"
    }

    fn modify_before_serialization(
        &self,
        _: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let variables: Vec<(&str, &str)> = self
            .execution_env
            .iter()
            .map(|value| ("AWS_EXECUTION_ENV", value.as_str()))
            .collect();
        if let Some(service) = config.load::<ApiMetadata>().cloned() {
            let agent = AwsUserAgent::new_from_environment(Env::from_slice(&variables), service);
            config.interceptor_state().store_put(agent);
        }
        Ok(())
    }
}
