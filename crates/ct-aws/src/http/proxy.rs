//! Chooses the proxy for a URL from the environment, as Python does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};

use crate::config::Variables;

/// The proxies in the environment by scheme, and the hosts that bypass them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<String>,
    https: Option<String>,
    no: Option<String>,
}

/// A proxy to which connections are made without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// The URL without user and password, such as `http://proxy:8080/`.
    pub(super) url: Uri,
    /// The value of the `Proxy-Authorization` header, made from the user and password in the URL.
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxies {
    /// Reads the environment like Python's `getproxies_environment`. A variable with a lower-case
    /// name takes precedence over other spellings of the name.
    #[must_use]
    pub fn new(variables: &Variables) -> Self {
        let of = |scheme: &str| {
            let name = format!("{scheme}_proxy");
            if let Some(value) = variables.get(&name) {
                return Some(value.clone()).filter(|value| !value.is_empty());
            }
            // In a CGI script, HTTP_PROXY is ignored, because it contains the client's `Proxy`
            // header.
            if scheme == "http" && variables.contains_key("REQUEST_METHOD") {
                return None;
            }
            let fits = |other: &&String| other.eq_ignore_ascii_case(&name);
            let written = variables.keys().filter(fits).min()?;
            Some(variables[written].clone()).filter(|value| !value.is_empty())
        };
        Self {
            http: of("http"),
            https: of("https"),
            no: of("no"),
        }
    }

    /// The URL of the proxy for `url`, as written in the environment, or `None` for a direct connection.
    pub(super) fn proxy_for(&self, url: &Uri) -> Option<&str> {
        let proxy = match url.scheme_str() {
            Some("https") => self.https.as_deref(),
            _ => self.http.as_deref(),
        };
        proxy.filter(|_| !self.is_direct(url))
    }

    /// Whether `NO_PROXY` contains the host, with or without its port, or a parent domain of the host.
    fn is_direct(&self, url: &Uri) -> bool {
        let Some(names) = &self.no else {
            return false;
        };
        let host = url.host().unwrap_or_default().to_lowercase();
        let authority = url.authority().map_or("", |authority| authority.as_str());
        let authority = authority.to_lowercase();
        let is_within = |name: &str| {
            let of = |host: &str| host == name || host.ends_with(&format!(".{name}"));
            of(&host) || of(&authority)
        };
        names == "*"
            || names
                .split(',')
                .map(|name| name.trim().trim_start_matches('.').to_lowercase())
                .any(|name| !name.is_empty() && is_within(&name))
    }
}

impl Proxy {
    /// Parses a proxy URL, whose scheme may be missing.
    pub(super) fn new(text: &str) -> Option<Self> {
        let whole = with_scheme(text);
        let (scheme, rest) = whole.split_once("://")?;
        let (authority, _) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let authorization = match user {
            None => None,
            Some(user) => {
                let encoded = STANDARD.encode(unquoted(user));
                let mut value = HeaderValue::try_from(format!("Basic {encoded}")).ok()?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Some(Self {
            url: format!("{scheme}://{host}/").parse().ok()?,
            authorization,
        })
    }
}

/// The form in which botocore displays a proxy URL: with a scheme and without a password.
pub(super) fn shown(text: &str) -> String {
    without_password(&with_scheme(text))
}

/// Masks the user and the password in a URL, for messages and files.
///
/// ```
/// use ct_aws::http::proxy::without_password;
///
/// assert_eq!(without_password("https://me:p@ss@host/a@b"), "https://***:***@host/a@b");
/// assert_eq!(without_password("https://host/a@b"), "https://host/a@b");
/// ```
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://***:***@{host}{tail}"),
        None => url.to_owned(),
    }
}

fn with_scheme(text: &str) -> String {
    if text.starts_with("http:") || text.starts_with("https:") {
        text.to_owned()
    } else if text.starts_with("//") {
        format!("http:{text}")
    } else {
        format!("http://{text}")
    }
}

/// Decodes percent escapes such as `%40`.
fn unquoted(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = text
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &[(&str, &str)], url: &'static str) -> Option<String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let url = Uri::from_static(url);
        Proxies::new(&variables).proxy_for(&url).map(str::to_owned)
    }

    #[test]
    fn each_scheme_has_its_own_proxy_and_lowercase_names_take_precedence() {
        let both = [("HTTP_PROXY", "http://a"), ("HTTPS_PROXY", "http://b")];
        assert_eq!(proxy(&both, "http://x.test/").as_deref(), Some("http://a"));
        assert_eq!(proxy(&both, "https://x.test/").as_deref(), Some("http://b"));
        let lower = [("http_proxy", "http://c"), both[0]];
        assert_eq!(proxy(&lower, "http://x.test/").as_deref(), Some("http://c"));
        assert_eq!(
            proxy(&[("http_proxy", ""), both[0]], "http://x.test/"),
            None
        );
        assert_eq!(
            proxy(&[("REQUEST_METHOD", "GET"), both[0]], "http://x.test/"),
            None
        );
    }

    #[test]
    fn no_proxy_names_hosts_and_domains() {
        let direct = |names, url| proxy(&[("HTTP_PROXY", "http://a"), ("NO_PROXY", names)], url);
        assert_eq!(direct("*", "http://x.test/"), None);
        assert_eq!(direct("y, .Test", "http://x.test:80/"), None);
        assert_eq!(direct("x.test:80", "http://x.test:80/"), None);
        assert_eq!(direct("test", "http://xtest/").as_deref(), Some("http://a"));
        assert_eq!(direct("", "http://x.test/").as_deref(), Some("http://a"));
    }

    #[test]
    fn a_proxys_password_is_sent_but_not_shown() {
        let proxy = Proxy::new("me:p%40ss@proxy.test:8080").unwrap();
        assert_eq!(proxy.url, "http://proxy.test:8080/");
        assert_eq!(proxy.authorization.unwrap(), "Basic bWU6cEBzcw==");
        assert_eq!(
            shown("me:p%40ss@proxy.test:8080"),
            "http://***:***@proxy.test:8080"
        );
        assert_eq!(shown("http://proxy.test"), "http://proxy.test");
    }
}
