//! The lexical rules: what one word of a filter looks like.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, char, one_of, satisfy};
use nom::combinator::{opt, recognize};
use nom::multi::{many0_count, many1_count};
use nom::{IResult, Parser};

/// A lexical rule: it reads a piece from the start of a text or refuses it. The caller says what it had expected.
pub(super) type Rule<'t> = fn(&'t str) -> Read<'t>;

/// What is left and what was read.
type Read<'t> = IResult<&'t str, &'t str, ()>;

pub(super) fn blanks(text: &str) -> Read<'_> {
    take_while(|c| c == ' ')(text)
}

/// Everything up to a character that ends every word: `SP / "(" / ")" / "[" / "]" / DQUOTE`.
pub(super) fn word(text: &str) -> Read<'_> {
    take_while(|c| !matches!(c, ' ' | '(' | ')' | '[' | ']' | '"'))(text)
}

/// `ATTRNAME = ALPHA *(nameChar)`, with the `nameChar` of RFC 7643 §2.1, which has `$` as well.
pub(super) fn attr_name(text: &str) -> Read<'_> {
    recognize((satisfy(|c| c.is_ascii_alphabetic()), take_while(is_name_char))).parse(text)
}

/// The name of a sub-attribute. A leading `$` makes `$ref` (RFC 7643 §2.4) a name, which neither grammar allows. (S31)
pub(super) fn sub_attr_name(text: &str) -> Read<'_> {
    recognize((opt(char('$')), attr_name)).parse(text)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')
}

/// `URI` (RFC 3986 appendix A): a scheme and what URIs consist of, but no parentheses and brackets, which end words here.
pub(super) fn uri(text: &str) -> Read<'_> {
    let scheme = (satisfy(|c| c.is_ascii_alphabetic()), take_while(|c: char| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    let plain = take_while1(|c: char| c.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+,;=".contains(c));
    let hex_digit = || satisfy(|c| c.is_ascii_hexdigit());
    let escape = recognize((char('%'), hex_digit(), hex_digit()));
    recognize((scheme, char(':'), many1_count(alt((plain, escape))))).parse(text)
}

/// `number` (RFC 8259 §6): `[ minus ] int [ frac ] [ exp ]`.
pub(super) fn number(text: &str) -> Read<'_> {
    // Not nom's `digit0`: where a `str` ends after it, it leaves a rest at the wrong place, and `recognize` reads too little.
    let digits = || take_while1(|c: char| c.is_ascii_digit());
    let int = alt((tag("0"), recognize((one_of("123456789"), opt(digits())))));
    let frac = (char('.'), digits());
    let exp = (one_of("eE"), opt(one_of("+-")), digits());
    recognize((opt(char('-')), int, opt(frac), opt(exp))).parse(text)
}

/// `string` (RFC 8259 §7), from quotation mark to quotation mark. What stands between them is checked by whoever decodes it.
pub(super) fn string(text: &str) -> Read<'_> {
    let plain = take_while1(|c| c != '"' && c != '\\');
    let escape = recognize((char('\\'), anychar));
    recognize((char('"'), many0_count(alt((plain, escape))), char('"'))).parse(text)
}

/// Whether the whole text is a JSON number.
pub(crate) fn is_number(text: &str) -> bool {
    matches!(number(text), Ok(("", _)))
}
