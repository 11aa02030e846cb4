//! The `NextToken`: a position in a listing, valid only for the parameters of the listing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

/// How a token identifies the position at which the next page starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenKind {
    /// By the next event. The next page does not depend on events that arrive while the listing is
    /// paged.
    #[default]
    Key,
    /// By the number of events on the preceding pages. For each newer event that arrives while the
    /// listing is paged, the next page repeats one event.
    Position,
}

impl FromStr for TokenKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "key" => Ok(Self::Key),
            "position" => Ok(Self::Position),
            _ => Err(format!(
                "`{text}` is not a kind of token: try key or position"
            )),
        }
    }
}

/// The content of a token: a position in a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The index of the next event. For [`TokenKind::Key`], it is the index among all records in
    /// the store. For [`TokenKind::Position`], it is the index among the events of the listing.
    pub(crate) position: u32,
    /// The number of preceding pages.
    pub(crate) page: u32,
}

impl Token {
    /// Returns the token as a string, which is valid only with the same parameters.
    pub(crate) fn write(self, parameters: &str) -> String {
        let Self { position, page } = self;
        let seal = self.seal(parameters);
        format!("{position:08x}{page:08x}{seal:016x}")
    }

    /// Parses a string that [`Token::write`] returned. Returns `None` if the string was not
    /// returned for the same parameters.
    pub(crate) fn read(text: &str, parameters: &str) -> Option<Self> {
        let token = Self {
            position: u32::from_str_radix(text.get(..8)?, 16).ok()?,
            page: Self::page(text)?,
        };
        (token.write(parameters) == text).then_some(token)
    }

    /// Returns the number of pages before the page that the token `text` requests, or `None` if
    /// `text` does not have the format of a token. The parameters are not checked.
    pub(crate) fn page(text: &str) -> Option<u32> {
        u32::from_str_radix(text.get(8..16)?, 16).ok()
    }

    fn seal(self, parameters: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.position, self.page, parameters).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_valid_with_its_own_parameters_only() {
        let token = Token {
            position: 50,
            page: 1,
        };
        let text = token.write("region and window");
        assert_eq!(Token::read(&text, "region and window"), Some(token));
        assert_eq!(Token::read(&text, "another window"), None);
    }

    #[test]
    fn an_invalid_token_is_refused() {
        for text in ["", "garbage", "관리자관리자관리자", "+0000050"] {
            assert_eq!(Token::read(text, ""), None);
        }
    }
}
