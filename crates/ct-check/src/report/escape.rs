//! Escapes strings for each report format. An attacker controls some strings of a record, such as
//! the names of resources.

use std::fmt::Write as _;

use ct_core::terminal;

/// Escapes text for a single line. The result contains no control characters. It also contains no
/// `##`, because `##` starts a command anywhere in a line of a build log.
pub(super) fn line(text: &str) -> String {
    terminal::escape(text).replace("##", "#\\u{23}")
}

/// Escapes a complete JSON text, so that no string in it can control a terminal or a build log.
pub(super) fn json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    let mut before = ' ';
    for character in json.chars() {
        let is_command = character == '#' && before == '#';
        let is_plain = character == '\n'
            || terminal::escape(character.encode_utf8(&mut [0; 4])) == character.to_string();
        if is_plain && !is_command {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(safe, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        }
        before = if is_command { ' ' } else { character };
    }
    safe
}

/// Escapes text for XML content and attribute values.
pub(super) fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in line(text).chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            // U+FFFE and U+FFFF are not allowed in XML 1.0.
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}

/// Escapes text for a SARIF message, in which brackets mark links and braces mark arguments.
///
/// Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
pub(super) fn sarif(text: &str) -> String {
    let text = line(text).replace('\\', "\\\\");
    let text = text.replace('[', "\\[").replace(']', "\\]");
    text.replace('{', "{{").replace('}', "}}")
}

/// Escapes text for a cell of a Markdown table. The result is a code span, so that markup, mentions
/// and URLs in the text have no effect.
pub(super) fn markdown(text: &str) -> String {
    // A vertical bar ends a cell even inside a code span.
    let text = line(text).replace('|', "\\u{7c}");
    if text.is_empty() {
        return text;
    }
    let longest = text
        .split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 || text.starts_with(' ') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Escapes text for the message of a GitHub workflow command.
///
/// Source: GitHub's actions toolkit, `escapeData` and `escapeProperty`.
pub(super) fn github(text: &str) -> String {
    line(text).replace('%', "%25")
}

/// Escapes text for a property of a GitHub workflow command.
pub(super) fn github_property(text: &str) -> String {
    github(text).replace(':', "%3A").replace(',', "%2C")
}

/// Escapes text for the description of a TAP test, where `#` would start a directive.
pub(super) fn tap(text: &str) -> String {
    terminal::escape(text)
        .replace('\\', "\\\\")
        .replace('#', "\\#")
}

/// Escapes text for one segment of a URI's path.
pub(super) fn uri(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => safe.push(char::from(byte)),
            other => write!(safe, "%{other:02X}").expect("writing to a string cannot fail"),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str =
        "a\u{1b}[2J\n::set-output name=x::y ##[add-path]/tmp <b>`|`</b> [x](y) {0} #c \u{9b}";

    #[test]
    fn an_escaped_line_is_one_line_without_commands() {
        assert_eq!(
            line(HOSTILE),
            r"a\u{1b}[2J\n::set-output name=x::y #\u{23}[add-path]/tmp <b>`|`</b> [x](y) {0} #c \u{9b}"
        );
        assert_eq!(line("###"), r"#\u{23}#");
    }

    #[test]
    fn escaped_json_has_the_same_value() {
        let text = serde_json::to_string(HOSTILE).unwrap();
        let safe = json(&text);
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), HOSTILE);
        assert!(!safe.contains("##") && !safe.contains('\u{9b}'));
    }

    #[test]
    fn escaped_markup_is_displayed_as_text() {
        assert_eq!(
            xml("<a b='c'>&\"\u{1}"),
            r"&lt;a b=&apos;c&apos;&gt;&amp;&quot;\u{1}"
        );
        assert_eq!(sarif(r"[x](y) {0} \"), r"\[x\](y) {{0}} \\");
        assert_eq!(markdown("a`|``b"), "``` a`\\u{7c}``b ```");
        assert_eq!(github("100%\n"), r"100%25\n");
        assert_eq!(github_property("a:b,c"), "a%3Ab%2Cc");
        assert_eq!(tap(r"a # TODO \"), r"a \# TODO \\");
        assert_eq!(uri("eu-west-1/../x y"), "eu-west-1%2F%2E%2E%2Fx%20y");
    }
}
