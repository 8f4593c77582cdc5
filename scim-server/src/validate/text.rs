//! Which characters a text may have (T07, T19; RFC 7643 §8.2 by way of RFC 8265).

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use crate::{AttributeType, BoundPath, Error, Result};

/// No attribute needs more, and no database driver should see more.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// Refuses a text that is too long, and in a name that must be unique what nobody can see.
pub(crate) fn check_text(path: &BoundPath, text: &str) -> Result<()> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(Error::invalid_value(format!("`{path}` is longer than {MAX_TEXT_BYTES} bytes: shorten it")));
    }
    let identifies = path.leaf().is_unique() && path.leaf().kind == AttributeType::String;
    if !identifies {
        return Ok(());
    }
    if text.trim().is_empty() {
        return Err(Error::invalid_value(format!("`{path}` must not be empty or blank: it identifies the resource")));
    }
    match text.chars().find(|c| is_hidden(*c)) {
        Some(c) => Err(Error::invalid_value(format!(
            "`{path}` has the character U+{:04X}, which is invisible, a control character or unassigned: remove it",
            u32::from(c)
        ))),
        None => Ok(()),
    }
}

/// Two names that differ only in such a character look the same (T19).
fn is_hidden(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(
            category,
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::Unassigned
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
}
