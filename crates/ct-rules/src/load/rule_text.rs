//! The text of a rule file, by its format.

/// The text of a rule file.
#[derive(Debug, Clone, Copy)]
pub(super) enum RuleText<'t> {
    /// A jq program with a header of comments.
    Jq(&'t str),
    /// An EventBridge pattern, a metric filter, or a list of them.
    Json(&'t str),
    /// Sigma documents in YAML.
    Sigma(&'t str),
    /// A JSON array of Sigma documents.
    SigmaJson(&'t str),
}

impl<'t> RuleText<'t> {
    /// The text of a file with this extension, or `None` if the extension is not that of a rule file.
    pub(super) fn new(text: &'t str, extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "jq" => Self::Jq(text),
            "json" => Self::Json(text),
            "yml" | "yaml" => Self::Sigma(text),
            _ => return None,
        })
    }

    /// Whether the text refers to the variable `name`.
    pub(super) fn mentions(self, name: &str) -> bool {
        let program = match self {
            Self::Jq(program) => program,
            Self::Json(text) | Self::Sigma(text) | Self::SigmaJson(text) => {
                return text.contains(&format!("%{name}%"));
            }
        };
        let is_end =
            |rest: &str| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        let mut uses = program.match_indices('$');
        uses.any(|(at, _)| program[at + 1..].strip_prefix(name).is_some_and(is_end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_mentioned_by_its_whole_name() {
        assert!(RuleText::Jq(".a == $region").mentions("region"));
        assert!(!RuleText::Jq(".a == $regions").mentions("region"));
        assert!(!RuleText::Jq(".region").mentions("region"));
        assert!(RuleText::Sigma("awsRegion|expand: '%region%'").mentions("region"));
        assert!(!RuleText::Sigma("awsRegion: region").mentions("region"));
    }
}
