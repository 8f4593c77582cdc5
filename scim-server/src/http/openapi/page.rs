//! The page that shows the document: the Swagger UI that poem-openapi carries, which loads nothing from elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem_openapi::OpenApiService;
use sha2::{Digest, Sha256};

/// The page, and the policy that lets nothing run in it but its own scripts (Content Security Policy Level 3).
pub(super) fn page(document: &str) -> (String, String) {
    // poem-openapi writes the page of a service; the document of an empty one marks the place of ours.
    let empty = OpenApiService::new((), "", "");
    // Within a script `<` could end it, or begin a comment.
    let page = empty.swagger_ui_html().replacen(&empty.spec(), &document.replace('<', r"\u003c"), 1);
    let policy = format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action \
         'none'; frame-ancestors 'none'",
        scripts(&page).map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))).collect::<Vec<_>>().join(" ")
    );
    (page, policy)
}

/// The texts of the page's scripts. A script may have `<script` in it; what ends it is `</script>`.
fn scripts(page: &str) -> impl Iterator<Item = &str> {
    let mut rest = page;
    std::iter::from_fn(move || {
        let (script, after) = rest.split_once("<script")?.1.split_once('>')?.1.split_once("</script>")?;
        rest = after;
        Some(script)
    })
}
