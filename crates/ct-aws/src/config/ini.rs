//! Parses the AWS configuration files as Python's configparser and botocore do.

use std::collections::BTreeMap;

/// The settings of one section by key. If a setting contains nested settings, its value consists of
/// the lines of the nested settings, such as `\nkey = value`.
pub type Section = BTreeMap<String, String>;

/// Parses the sections of `text`. Returns the full text of each header, such as `profile NAME`,
/// with its section, in the order of the file.
///
/// # Errors
/// If configparser rejects `text`: for a line that is not a setting, a setting before the first
/// header, a duplicate header, or a duplicate key.
pub(super) fn parse(text: &str) -> Result<Vec<(String, Section)>, ()> {
    let mut sections: Vec<(String, Section)> = Vec::new();
    let mut last_key: Option<String> = None;
    let mut key_indent = 0;
    for line in text.lines() {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        if content.is_empty() || content.starts_with(['#', ';']) {
            if content.is_empty()
                && let (Some(key), Some((_, section))) = (&last_key, sections.last_mut())
            {
                // configparser keeps empty lines inside a value and removes them at the end of the value.
                section.entry(key.clone()).or_default().push('\n');
            }
            continue;
        }
        if indent > key_indent
            && let (Some(key), Some((_, section))) = (&last_key, sections.last_mut())
        {
            let value = section.entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(content);
            continue;
        }
        key_indent = indent;
        if let Some(header) = header(content) {
            if sections.iter().any(|(name, _)| name == header) {
                return Err(());
            }
            sections.push((header.to_owned(), Section::new()));
            last_key = None;
            continue;
        }
        let (_, section) = sections.last_mut().ok_or(())?;
        let at = content.find(['=', ':']).ok_or(())?;
        let key = content[..at].trim_end().to_lowercase();
        let value = content[at + 1..].trim_start().to_owned();
        if key.is_empty() || section.insert(key.clone(), value).is_some() {
            return Err(());
        }
        last_key = Some(key);
    }
    for value in sections
        .iter_mut()
        .flat_map(|(_, section)| section.values_mut())
    {
        value.truncate(value.trim_end().len());
    }
    Ok(sections)
}

fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then_some(&inner[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str, name: &str) -> Section {
        let sections = parse(text).unwrap();
        sections
            .into_iter()
            .find(|(header, _)| header == name)
            .unwrap()
            .1
    }

    #[test]
    fn settings_belong_to_the_preceding_header() {
        let text = "# c\n[default]\nregion = a\n; c\n[profile work]\nREGION=b = c\noutput : text\n";
        assert_eq!(
            section(text, "default"),
            [("region".to_owned(), "a".to_owned())].into()
        );
        assert_eq!(section(text, "profile work")["region"], "b = c");
        assert_eq!(section(text, "profile work")["output"], "text");
    }

    #[test]
    fn indented_lines_continue_the_preceding_value() {
        let text = "[services local]\ncloudtrail =\n  endpoint_url = http://x\n  other = y\n\ns3 =\n  a = b\n";
        let section = section(text, "services local");
        assert_eq!(
            section["cloudtrail"],
            "\nendpoint_url = http://x\nother = y"
        );
        assert_eq!(section["s3"], "\na = b");
    }

    #[test]
    fn input_that_configparser_refuses_is_an_error() {
        for text in [
            "[default\na = b\n",
            "a = b\n",
            "[a]\nx\n",
            "[a]\n[a]\n",
            "[a]\nx=1\nX=2\n",
        ] {
            assert_eq!(parse(text), Err(()), "{text}");
        }
    }
}
