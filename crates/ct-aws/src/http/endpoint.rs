//! Configured endpoints: validates them and forms the request URL as botocore does.

use crate::error::SetupError;
use crate::http::proxy::without_password;

/// The request URL for `endpoint`. The path and the query are those of the endpoint; without a
/// path, the path is `/`.
///
/// # Errors
/// If `endpoint` is not a URL with a valid host and port.
pub fn request_url(endpoint: &str) -> Result<String, SetupError> {
    let invalid =
        || SetupError::Setting(format!("Invalid endpoint: {}", without_password(endpoint)));
    let (scheme, rest) = endpoint.split_once("://").ok_or_else(invalid)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (host, port) = host_and_port(authority)?;
    let is_named = if let Some(address) = host.strip_prefix('[') {
        let address = address.trim_end_matches(']');
        address.parse::<std::net::Ipv6Addr>().is_ok()
    } else {
        let host = host.strip_suffix('.').unwrap_or(host);
        host.len() <= 255 && host.split('.').all(is_label)
    };
    if scheme.is_empty() || !is_named {
        return Err(invalid());
    }
    if !port.is_empty() && port.parse::<u16>().is_err() {
        let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
        return Err(SetupError::Setting(if is_number {
            "Port out of range 0-65535".to_owned()
        } else {
            format!("Port could not be cast to integer value as '{port}'")
        }));
    }
    if !["http", "https"].contains(&scheme.to_lowercase().as_str()) {
        return Err(SetupError::Setting(format!(
            "An HTTP Client raised an unhandled exception: Not supported URL scheme {scheme}"
        )));
    }
    let path = if tail.starts_with('/') {
        tail.to_owned()
    } else {
        format!("/{tail}")
    };
    Ok(format!("{scheme}://{authority}{path}"))
}

/// Splits `authority` into the host, which includes the brackets of an IPv6 address, and the port.
fn host_and_port(authority: &str) -> Result<(&str, &str), SetupError> {
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    if place.starts_with('[') {
        let end = place
            .find(']')
            .ok_or_else(|| SetupError::Setting("Invalid IPv6 URL".to_owned()))?;
        let (host, port) = place.split_at(end + 1);
        return Ok((host, port.trim_start_matches(':')));
    }
    Ok(place.split_once(':').unwrap_or((place, "")))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_keeps_its_path_and_query() {
        let cases = [
            ("http://127.0.0.1:1", "http://127.0.0.1:1/"),
            ("http://x.test/", "http://x.test/"),
            ("http://x.test/a", "http://x.test/a"),
            ("https://x.test?a=b", "https://x.test/?a=b"),
            ("http://[::1]:80/", "http://[::1]:80/"),
        ];
        for (endpoint, url) in cases {
            assert_eq!(request_url(endpoint).as_deref(), Ok(url));
        }
    }

    #[test]
    fn an_endpoint_without_a_host_is_refused_with_botocores_message() {
        let cases = [
            ("localhost:9999", "Invalid endpoint: localhost:9999"),
            ("foo", "Invalid endpoint: foo"),
            ("http://", "Invalid endpoint: http://"),
            ("http:///x", "Invalid endpoint: http:///x"),
            ("http://a b", "Invalid endpoint: http://a b"),
            ("://x", "Invalid endpoint: ://x"),
            ("http://ex_ample:1", "Invalid endpoint: http://ex_ample:1"),
            ("http://[::1", "Invalid IPv6 URL"),
            ("http://127.0.0.1:99999", "Port out of range 0-65535"),
            (
                "ftp://h",
                "An HTTP Client raised an unhandled exception: Not supported URL scheme ftp",
            ),
        ];
        for (endpoint, message) in cases {
            assert_eq!(
                request_url(endpoint),
                Err(SetupError::Setting(message.to_owned()))
            );
        }
    }
}
