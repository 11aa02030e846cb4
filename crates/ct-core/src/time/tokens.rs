//! Splits a time into words, numbers and single characters, as python-dateutil's lexer does.

/// The kind of the current token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CharacterRun {
    Letters,
    Digits,
    /// Letters with dots, such as `a.m.`.
    DottedLetters,
    /// Digits with dots, or with one comma after at least two digits, such as `30.5`, `30,5` or `2020.10.01`.
    DottedDigits,
}

/// The tokens of `text` in order: words, numbers (with a decimal point, even if written with a comma), and every
/// other character by itself. Each white-space character becomes a space.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut rest = text.chars().filter(|&each| each != '\0').peekable();
    let mut tokens = Vec::new();
    while let Some(first) = rest.next() {
        let mut run = match first {
            letter if letter.is_alphabetic() => CharacterRun::Letters,
            digit if digit.is_ascii_digit() => CharacterRun::Digits,
            other => {
                tokens.push(if is_space(other) { ' ' } else { other }.to_string());
                continue;
            }
        };
        let mut token = String::from(first);
        let mut has_letters = false;
        while let Some(&next) = rest.peek() {
            has_letters |= matches!(run, CharacterRun::Letters | CharacterRun::DottedLetters);
            let Some(widened) = widen(run, &token, next) else {
                break;
            };
            run = widened;
            token.push(next);
            rest.next();
        }
        let is_dotted = matches!(
            run,
            CharacterRun::DottedLetters | CharacterRun::DottedDigits
        );
        let is_decimal =
            !has_letters && token.matches('.').count() <= 1 && !token.ends_with(['.', ',']);
        if is_dotted && !is_decimal {
            tokens.extend(apart(&token));
        } else if run == CharacterRun::DottedDigits && !token.contains('.') {
            tokens.push(token.replace(',', "."));
        } else {
            tokens.push(token);
        }
    }
    tokens
}

/// The kind of the token after adding `next`, or `None` if `next` does not belong to the token.
fn widen(run: CharacterRun, token: &str, next: char) -> Option<CharacterRun> {
    let after_dot = token.ends_with('.');
    match run {
        CharacterRun::Letters if next.is_alphabetic() => Some(run),
        CharacterRun::Letters | CharacterRun::DottedLetters if next == '.' => {
            Some(CharacterRun::DottedLetters)
        }
        CharacterRun::DottedLetters if next.is_alphabetic() => Some(run),
        CharacterRun::DottedLetters if next.is_ascii_digit() && after_dot => {
            Some(CharacterRun::DottedDigits)
        }
        CharacterRun::Digits | CharacterRun::DottedDigits if next.is_ascii_digit() => Some(run),
        CharacterRun::Digits | CharacterRun::DottedDigits if next == '.' => {
            Some(CharacterRun::DottedDigits)
        }
        CharacterRun::Digits if next == ',' && token.len() >= 2 => Some(CharacterRun::DottedDigits),
        CharacterRun::DottedDigits if next.is_alphabetic() && after_dot => {
            Some(CharacterRun::DottedLetters)
        }
        _ => None,
    }
}

/// Splits `10.Oct.` into `10`, `.`, `Oct`, `.`.
fn apart(token: &str) -> impl Iterator<Item = String> {
    token
        .split_inclusive(['.', ','])
        .flat_map(|piece| match piece.strip_suffix(['.', ',']) {
            Some(word) => [word, &piece[word.len()..]],
            None => [piece, ""],
        })
        .filter(|piece| !piece.is_empty())
        .map(str::to_owned)
}

/// White space as Python defines it: Unicode white space and the four ASCII separators.
pub(super) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_numbers_and_signs_are_separate_tokens() {
        assert_eq!(
            split("Oct 1st,2020T09:05"),
            ["Oct", " ", "1", "st", ",", "2020", "T", "09", ":", "05"]
        );
    }

    #[test]
    fn a_single_dot_between_digits_is_a_decimal_point_and_two_are_separators() {
        assert_eq!(split("09.5"), ["09.5"]);
        assert_eq!(split("2020.10.01"), ["2020", ".", "10", ".", "01"]);
        assert_eq!(split("2020. 10."), ["2020", ".", " ", "10", "."]);
    }

    #[test]
    fn a_comma_after_two_digits_is_a_decimal_point() {
        assert_eq!(split("30,25"), ["30.25"]);
        assert_eq!(split("3,25"), ["3", ",", "25"]);
        assert_eq!(split("2015, 1"), ["2015", ",", " ", "1"]);
    }

    #[test]
    fn dotted_letters_are_separate_tokens() {
        assert_eq!(split("9 a.m."), ["9", " ", "a", ".", "m", "."]);
    }
}
