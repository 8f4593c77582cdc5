//! RFC 7644 §5: preparing and comparing strings.

use serde_json::{Value, json};

use crate::check::{Check, Judged, Need, Outcome, must};
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-5-user-names", "Before comparing or evaluating the uniqueness of a \"userName\" or \"password\" attribute, service providers MUST use the … (PRECIS) preparation and comparison rules")
            .rows(&["7644-5-01"])
            .needs(&[Need::Type("User")])
            .why("two accounts have names that people and other systems cannot tell apart")
            .talk(user_names),
    ]
}

/// The same name in another notation: composed and decomposed letters, and letters of full width. That a server takes them for different
/// names is a warning, because the profiles of PRECIS leave some room.
async fn user_names(s: Session) -> Outcome {
    let user = s.kind("User")?;
    for (name, other) in [("\u{17e}ofie", "z\u{30c}ofie"), ("babs", "\u{ff42}\u{ff41}\u{ff42}\u{ff53}")] {
        let rest = format!("{}@example.com", s.mark());
        let first = s.user(json!({ "userName": format!("{name}-{rest}") })).await?;
        let other = format!("{other}-{rest}");
        let answer = s.post(&user.endpoint, s.valid(&user, json!({ "userName": other }))).await?;
        answer.expect_refusal().map(|_| ()).or_warning()?;
        if s.model().supports("filter").is_ok() {
            let answer = s.query(&user.endpoint, &[("filter", &format!("userName eq \"{other}\""))]).await?;
            answer.expect_list().or_blocked()?;
            let is_it = |found: &Value| found["id"] == first.id.as_str();
            answer.expect_element("/Resources", "the user whose name it is", is_it).map(|_| ()).or_warning()?;
        }
    }
    Ok(())
}
