//! The `NextToken`: where a listing goes on, bound to what it lists.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

/// What a token holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenKind {
    /// The next event: events that arrive while a listing is paged move nothing.
    #[default]
    Key,
    /// How many events came before: for each newer event that arrives, the next page repeats one.
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

/// Where a listing goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// In the store, or in the listing, by [`TokenKind`].
    pub(crate) position: u32,
    /// How many pages came before; the first page has no token.
    pub(crate) page: u32,
}

impl Token {
    /// The text for the wire, good only with the same parameters.
    pub(crate) fn write(self, parameters: &str) -> String {
        let Self { position, page } = self;
        let seal = self.seal(parameters);
        format!("{position:08x}{page:08x}{seal:016x}")
    }

    /// Reads a text that [`Token::write`] made for the same parameters.
    pub(crate) fn read(text: &str, parameters: &str) -> Option<Self> {
        let token = Self {
            position: u32::from_str_radix(text.get(..8)?, 16).ok()?,
            page: Self::page(text)?,
        };
        (token.write(parameters) == text).then_some(token)
    }

    /// The page a text leads to, whatever it is good for.
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
    fn a_token_is_good_with_its_own_parameters_only() {
        let token = Token {
            position: 50,
            page: 1,
        };
        let text = token.write("region and window");
        assert_eq!(Token::read(&text, "region and window"), Some(token));
        assert_eq!(Token::read(&text, "another window"), None);
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "garbage", "관리자관리자관리자", "+0000050"] {
            assert_eq!(Token::read(text, ""), None);
        }
    }
}
