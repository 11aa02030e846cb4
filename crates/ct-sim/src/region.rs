//! The names of regions.

/// The most letters of a host's label (RFC 1123, section 2.1).
const LABEL_LETTERS: usize = 63;

/// Whether it can name a region: a region's name is a label of its endpoint's host name.
pub(crate) fn is_region(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || letter == b'-';
    (1..=LABEL_LETTERS).contains(&name.len())
        && name.bytes().all(is_letter)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Reads a region's name.
pub(crate) fn parse(name: &str) -> Result<String, String> {
    if is_region(name) {
        return Ok(name.to_owned());
    }
    Err(format!("`{name}` is not a region: try us-east-1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_host_label() {
        let names = [
            "us-east-1",
            "local",
            "",
            "us east",
            "us-east-1;ls",
            "a.b",
            "-a",
            "a-",
            "\u{e9}",
        ];
        let regions: Vec<_> = names.into_iter().filter(|name| is_region(name)).collect();
        assert_eq!(regions, ["us-east-1", "local"]);
    }
}
