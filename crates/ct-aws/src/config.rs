//! Reads the settings that the AWS CLI supports and the SDK does not, from the environment and the configuration
//! files.

mod ini;

use std::collections::{BTreeMap, HashMap};

use crate::error::SetupError;
use crate::python::path::expand;
use crate::python::{self, shell_words, value};
pub use ini::Section;

/// The environment variables by name.
pub type Variables = HashMap<String, String>;

/// The configuration of a run. Environment variables take precedence over the profile.
#[derive(Debug, Default)]
pub struct Config {
    /// The environment variables.
    pub variables: Variables,
    profiles: BTreeMap<String, Section>,
    services: BTreeMap<String, Section>,
    /// The profiles in the config file.
    configured: BTreeMap<String, Section>,
    /// The sections of the credentials file.
    credentials: BTreeMap<String, Section>,
    sso_sessions: BTreeMap<String, Section>,
    /// The profile given with `--profile`.
    asked: Option<String>,
}

impl Config {
    /// Reads the config file and the credentials file, each of which may be missing.
    ///
    /// # Errors
    /// If one of the files cannot be parsed.
    pub fn load(variables: Variables) -> Result<Self, SetupError> {
        let mut config = Self {
            variables,
            ..Self::default()
        };
        for (header, section) in config.file("AWS_CONFIG_FILE", "~/.aws/config")? {
            if header == "default" {
                config.profiles.insert(header, section);
                continue;
            }
            let kinds = [
                ("profile", &mut config.profiles),
                ("sso-session", &mut config.sso_sessions),
                ("services", &mut config.services),
            ];
            let kind = kinds.into_iter().find(|(kind, _)| header.starts_with(kind));
            // All other headers are ignored, including headers with an unclosed quote.
            if let (Some((_, sections)), Ok([_, name])) =
                (kind, shell_words::split(&header).as_deref())
            {
                sections.insert(name.clone(), section);
            }
        }
        config.configured.clone_from(&config.profiles);
        for (name, section) in config.file("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")? {
            config
                .profiles
                .entry(name.clone())
                .or_default()
                .extend(section.clone());
            config.credentials.insert(name, section);
        }
        Ok(config)
    }

    fn file(&self, variable: &str, default: &str) -> Result<Vec<(String, Section)>, SetupError> {
        let name = self.variables.get(variable).map_or(default, String::as_str);
        let path = expand(name, &self.variables);
        let wrong = || SetupError::Setting(format!("Unable to parse config file: {path}"));
        match std::fs::read(&path) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| wrong())?;
                ini::parse(&text).map_err(|()| wrong())
            }
            // A missing or unreadable file counts as empty.
            Err(_) => Ok(Vec::new()),
        }
    }

    /// Sets the profile given with `--profile`, which takes precedence over the environment.
    pub fn ask_for_profile(&mut self, name: Option<&str>) {
        self.asked = name.filter(|name| !name.is_empty()).map(str::to_owned);
    }

    /// The profile given with `--profile`, or `None`.
    #[must_use]
    pub fn asked_profile(&self) -> Option<&str> {
        self.asked.as_deref()
    }

    /// The name of the profile, or `None` if neither an option nor the environment selects one.
    #[must_use]
    pub fn profile_name(&self) -> Option<&str> {
        let variable = |name| self.variables.get(name).map(String::as_str);
        self.asked_profile()
            .or_else(|| variable("AWS_DEFAULT_PROFILE"))
            .or_else(|| variable("AWS_PROFILE"))
    }

    /// The settings of the selected profile.
    ///
    /// # Errors
    /// If the selected profile is in neither file.
    pub fn profile(&self) -> Result<Option<&Section>, SetupError> {
        match self.profile_name() {
            None => Ok(self.profiles.get("default")),
            Some(name) => self.profiles.get(name).map(Some).ok_or_else(|| {
                SetupError::Setting(format!("The config profile ({name}) could not be found"))
            }),
        }
    }

    /// Whether the selected profile exists, or no profile is selected.
    #[must_use]
    pub fn has_profile(&self) -> bool {
        self.profile().is_ok()
    }

    /// The settings of the profile `name`, from both files, or `None` if the profile does not
    /// exist.
    #[must_use]
    pub fn profile_named(&self, name: &str) -> Option<&Section> {
        self.profiles.get(name)
    }

    /// The settings of the profile `name` in the config file.
    pub(crate) fn config_section(&self, name: &str) -> Option<&Section> {
        self.configured.get(name)
    }

    /// The section `name` of the credentials file.
    pub(crate) fn credentials_section(&self, name: &str) -> Option<&Section> {
        self.credentials.get(name)
    }

    /// The settings in the section `[sso-session name]`.
    pub(crate) fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }

    /// The names of all profiles.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// A setting of the selected profile, or `None` if the setting or the profile does not exist.
    pub fn setting(&self, key: &str) -> Option<&str> {
        let profile = self.profile().ok().flatten()?;
        profile.get(key).map(String::as_str)
    }

    /// The environment variable `variable`, or else the setting `key` of the selected profile.
    #[must_use]
    pub fn value(&self, variable: &str, key: &str) -> Option<&str> {
        self.variable(variable).or_else(|| self.setting(key))
    }

    /// An environment variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Whether the environment variable `variable` is `true`, or, if the variable is not set, the
    /// setting `key`.
    #[must_use]
    pub fn flag(&self, variable: &str, key: &str) -> bool {
        self.value(variable, key)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// The configured region, from the environment or else from the selected profile.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.variable("AWS_REGION")
            .or_else(|| self.value("AWS_DEFAULT_REGION", "region"))
    }

    /// Whether to ignore the endpoints that are configured in the environment and the files.
    #[must_use]
    pub fn ignores_endpoints(&self) -> bool {
        self.flag(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )
    }

    /// The configured endpoint of `service`, such as `cloudtrail`. An empty environment variable counts as unset.
    #[must_use]
    pub fn endpoint_url(&self, service: &str) -> Option<&str> {
        if self.ignores_endpoints() {
            return None;
        }
        let variable = |name: &str| self.variable(name).filter(|url| !url.is_empty());
        let own = format!("AWS_ENDPOINT_URL_{}", service.to_uppercase());
        let section = || self.services.get(self.setting("services")?);
        variable(&own)
            .or_else(|| variable("AWS_ENDPOINT_URL"))
            .or_else(|| {
                section()?.get(service)?.lines().find_map(|line| {
                    let (key, value) = line.split_once('=')?;
                    (key.trim() == "endpoint_url").then(|| value.trim())
                })
            })
            .or_else(|| self.setting("endpoint_url"))
            .filter(|url| !url.is_empty())
    }

    /// The setting `max_attempts`, or `None` if it is not set. The setting `retry_mode` is validated too.
    ///
    /// # Errors
    /// If a value is invalid, with botocore's message.
    pub fn max_attempts(&self) -> Result<Option<u32>, SetupError> {
        let attempts = match self.value("AWS_MAX_ATTEMPTS", "max_attempts") {
            None => None,
            Some(text) => Some(python::int(text).ok_or_else(|| {
                SetupError::Setting(format!(
                    "invalid literal for int() with base 10: {}",
                    value::string_repr(text)
                ))
            })?),
        };
        if let Some(attempts) = attempts.filter(|attempts| *attempts < 1) {
            return Err(SetupError::Setting(format!(
                "Value provided to \"max_attempts\": {attempts} must be an integer greater than or equal to one."
            )));
        }
        if let Some(mode) = self.value("AWS_RETRY_MODE", "retry_mode")
            && !matches!(mode, "standard" | "adaptive")
        {
            return Err(SetupError::Setting(format!(
                "Invalid value provided to \"mode\": \"{mode}\" must be one of: \"standard\" or \"adaptive\""
            )));
        }
        Ok(attempts.map(|attempts| u32::try_from(attempts).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], text: &str) -> Config {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        std::fs::write(&path, text).unwrap();
        let mut all: Variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        all.insert("AWS_CONFIG_FILE".to_owned(), path.display().to_string());
        Config::load(all).unwrap()
    }

    #[test]
    fn the_environment_takes_precedence_over_the_profile() {
        let text = "[default]\nregion = a\noutput = text\n[profile work]\nregion = b\n";
        assert_eq!(config(&[], text).region(), Some("a"));
        assert_eq!(config(&[("AWS_PROFILE", "work")], text).region(), Some("b"));
        let both = [("AWS_PROFILE", "work"), ("AWS_DEFAULT_REGION", "c")];
        assert_eq!(config(&both, text).region(), Some("c"));
        assert_eq!(
            config(&[("AWS_REGION", "d"), both[1]], text).region(),
            Some("d")
        );
        assert_eq!(
            config(&[], text).value("AWS_DEFAULT_OUTPUT", "output"),
            Some("text")
        );
    }

    #[test]
    fn a_section_header_is_split_into_words_like_a_command_line() {
        let text = "[profile \"my prod\"]\nregion = a\n[profile o\\ ne]\nregion = b\n[profile two words]\nregion = c\n";
        for (name, region) in [("my prod", Some("a")), ("o ne", Some("b")), ("two", None)] {
            assert_eq!(config(&[("AWS_PROFILE", name)], text).region(), region);
        }
    }

    #[test]
    fn an_empty_variable_sets_no_endpoint() {
        let empty = [
            ("AWS_ENDPOINT_URL", ""),
            ("AWS_ENDPOINT_URL_CLOUDTRAIL", ""),
        ];
        assert_eq!(config(&empty, "").endpoint_url("cloudtrail"), None);
    }

    #[test]
    fn a_missing_profile_is_reported_by_name() {
        assert_eq!(
            config(&[("AWS_PROFILE", "nope")], "").profile(),
            Err(SetupError::Setting(
                "The config profile (nope) could not be found".to_owned()
            ))
        );
    }

    #[test]
    fn an_endpoint_is_found_where_botocore_looks() {
        let text = "[default]\nservices = s\nendpoint_url = http://4\n[services s]\ncloudtrail =\n  endpoint_url = http://3\n";
        assert_eq!(
            config(&[], text).endpoint_url("cloudtrail"),
            Some("http://3")
        );
        let general = ("AWS_ENDPOINT_URL", "http://2");
        assert_eq!(
            config(&[general], text).endpoint_url("cloudtrail"),
            Some("http://2")
        );
        let own = ("AWS_ENDPOINT_URL_CLOUDTRAIL", "http://1");
        assert_eq!(
            config(&[general, own], text).endpoint_url("cloudtrail"),
            Some("http://1")
        );
        let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert_eq!(
            config(&[general, ignore], text).endpoint_url("cloudtrail"),
            None
        );
    }

    #[test]
    fn invalid_attempts_are_reported_with_botocores_message() {
        let attempts = |value| config(&[("AWS_MAX_ATTEMPTS", value)], "").max_attempts();
        assert_eq!(attempts("4"), Ok(Some(4)));
        assert_eq!(
            attempts("0"),
            Err(SetupError::Setting("Value provided to \"max_attempts\": 0 must be an integer greater than or equal to one.".to_owned()))
        );
        assert_eq!(
            config(&[("AWS_RETRY_MODE", "legacy")], "").max_attempts(),
            Err(SetupError::Setting("Invalid value provided to \"mode\": \"legacy\" must be one of: \"standard\" or \"adaptive\"".to_owned()))
        );
    }
}
