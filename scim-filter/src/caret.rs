//! The drawing of an error below the text it is about.

/// How many characters of the text a drawing shows. A client's text may be long and secret; what surrounds the fault is enough.
const WINDOW: usize = 64;

/// How much of the window stands before the fault, where the text is longer than the window.
const BEFORE: usize = 40;

/// Draws `source` with `len` carets below byte `offset` and `message` behind them.
///
/// `offset` and `len` are in bytes, as [`ParseError::offset`](crate::ParseError::offset) and the spans of the tree are. The carets
/// stand below the right characters also in text of several bytes per character. At most 64 characters of the source are shown;
/// `…` stands where it was cut. Control characters are escaped, so that a log line stays one line. An offset outside the source
/// counts as its end.
///
/// # Examples
/// ```
/// let drawing = scim_filter::caret("active gt true", 7, 2, "allowed here: eq, ne, pr");
/// assert_eq!(drawing, "  active gt true\n         ^^ allowed here: eq, ne, pr");
/// ```
pub fn caret(source: &str, offset: usize, len: usize, message: &str) -> String {
    let start = source.floor_char_boundary(offset);
    let end = source.ceil_char_boundary(start.saturating_add(len));
    let at = source.get(..start).map_or(0, |head| head.chars().count());
    let marked = source.get(start..end).map_or(0, |mark| mark.chars().count()).max(1);
    let total = source.chars().count();
    let first = if total <= WINDOW { 0 } else { at.saturating_sub(BEFORE).min(total - WINDOW) };
    let shown = source.chars().skip(first).take(WINDOW);
    let (mut line, mut indent, mut width) = (String::new(), 0, 0);
    if first > 0 {
        line.push('…');
        indent += 1;
    }
    for (index, character) in shown.enumerate() {
        let before = line.chars().count();
        push_visible(&mut line, character);
        let added = line.chars().count() - before;
        if first + index < at {
            indent += added;
        } else if first + index < at + marked {
            width += added;
        }
    }
    if first + WINDOW < total {
        line.push('…');
    }
    let carets = "^".repeat(width.max(1));
    format!("  {line}\n  {:indent$}{carets} {message}", "").trim_end().to_owned()
}

/// Appends a character as a reader can see it.
pub(crate) fn push_visible(line: &mut String, character: char) {
    if is_invisible(character) {
        line.extend(character.escape_default());
    } else {
        line.push(character);
    }
}

/// Whether a character would move, hide or reorder what stands around it.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::caret;

    #[test]
    fn the_caret_counts_characters_and_not_bytes() {
        assert_eq!(caret("\"ñandú\" x", 10, 1, "here"), "  \"ñandú\" x\n          ^ here");
    }

    #[test]
    fn control_characters_are_escaped_and_counted_as_shown() {
        assert_eq!(caret("a\n\u{202e}b", 5, 1, "here"), "  a\\n\\u{202e}b\n             ^ here");
        assert_eq!(caret("a\tb", 1, 1, "here"), "  a\\tb\n   ^^ here");
    }

    #[test]
    fn a_long_text_is_cut_to_64_characters_around_the_fault() {
        let text = "é".repeat(1000);
        let drawing = caret(&text, 1000, 2, "here");
        let (line, below) = drawing.split_once('\n').expect("two lines");
        assert_eq!(line.chars().filter(|c| *c == 'é').count(), 64);
        assert!(line.starts_with("  …é") && line.ends_with("é…"));
        assert_eq!(below, format!("{}^ here", " ".repeat(2 + 1 + 40)));
    }

    #[test]
    fn the_end_of_a_long_text_is_shown_with_the_caret_behind_it() {
        let text = "x".repeat(100);
        let drawing = caret(&text, 100, 0, "here");
        assert_eq!(drawing, format!("  …{}\n  {}^ here", "x".repeat(64), " ".repeat(65)));
    }

    #[test]
    fn offsets_outside_or_inside_a_character_do_not_panic() {
        assert_eq!(caret("éé", 0, 3, "m"), "  éé\n  ^^ m");
        assert_eq!(caret("é", 1, 1, "m"), "  é\n  ^ m");
        assert_eq!(caret("é", 99, usize::MAX, "m"), "  é\n   ^ m");
        assert_eq!(caret("", 0, 0, ""), "  \n  ^");
    }
}
