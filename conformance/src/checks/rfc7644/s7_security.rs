//! RFC 7644 §7: security considerations.

use serde_json::Value;

use crate::check::{Check, Judged, Need, Outcome, must};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must(
            "7644-7.8-prepared",
            "When comparing Unicode strings such as those in query filters or testing for uniqueness of usernames and passwords, strings MUST be \
             appropriately prepared before comparison",
        )
        .rows(&["7644-7.8-01"])
        .needs(&[Need::Filter])
        .why("one name in two spellings that look the same is two users, or none")
        .talk(prepared),
    ]
}

async fn prepared(s: Session) -> Outcome {
    // A name, because every server that can filter at all can filter by it.
    let (kind, text) = s.unique_text()?;
    let mark = s.mark();
    // The same letter as one code point, and as a letter with a mark.
    let [composed, decomposed] = ["Zo\u{eb}", "Zoe\u{308}"].map(|name| format!("{mark}-{name}@example.com"));
    let resource = s.create(&kind, text.with(composed.as_str())).await?;
    for (name, prepares) in [(composed, true), (decomposed, false)] {
        let filter = format!("{} eq {}", text.path(), Value::from(name));
        let found = s.query(&kind.endpoint, &[("filter", &filter)]).await?;
        let list = found.expect_list().or_blocked()?;
        let is_found = list.ids().contains(&resource.id.as_str());
        let came = found.expect(is_found, "the resource, by both spellings of its name", "it is not found");
        // Which preparation is the right one, §5 leaves to other documents.
        if prepares {
            came.or_blocked()?
        } else {
            came.or_warning()?
        };
    }
    Ok(())
}
