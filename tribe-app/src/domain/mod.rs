//! What Tribe knows: tenants, their links and tokens, employees and their accounts. No HTTP, no SCIM requests.

pub mod azure;
pub mod conflict;
pub mod drift;
pub mod email;
pub mod employee;
pub mod field;
pub mod link;
pub mod sign_in;
pub mod tenant;
pub mod token;

pub use conflict::Conflict;
pub use drift::Drift;
pub use employee::Employee;
pub use tenant::Tenant;

use sea_orm::DbErr;

/// Why Tribe does not do what an administrator asks.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No tenant has that name.
    #[error("there is no tenant `{0}`: `tribe-app tenant list` shows the ones there are, `tribe-app tenant create` makes one")]
    NoTenant(String),
    /// Another tenant has that name.
    #[error("there is a tenant `{0}` already")]
    TenantExists(String),
    /// No employee of the tenant is meant.
    #[error("there is no employee `{0}` in this tenant")]
    NoEmployee(String),
    /// Another employee has that address.
    #[error("the employee {0} has the e-mail address or username `{1}` already")]
    EmployeeExists(String, String),
    /// The text is not an e-mail address.
    #[error("`{0}` is not an e-mail address")]
    NotAnEmail(String),
    /// The text is empty, too long or has characters that cannot be shown.
    #[error("{0} must have 1 to {1} visible characters")]
    BadText(&'static str, usize),
    /// No token of the tenant has that id.
    #[error("there is no token `{0}` in this tenant that could be revoked: `tribe-app token list` shows the ones there are")]
    NoToken(String),
    /// The operating system gives no random bits.
    #[error("the operating system gives no random bits: {0}")]
    NoRandomness(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// A text that an administrator typed: trimmed, not empty, visible.
///
/// # Errors
/// [`Refusal::BadText`]
pub fn visible_text(what: &'static str, text: &str, longest: usize) -> Result<String, Refusal> {
    let text = text.trim();
    let good = !text.is_empty() && text.chars().count() <= longest && !text.chars().any(is_hidden);
    if good { Ok(text.to_owned()) } else { Err(Refusal::BadText(what, longest)) }
}

/// A text of somebody else in a message or on a terminal: it stays on its line and changes nothing around it (T08).
pub fn printable(text: &str) -> String {
    text.chars().flat_map(|c| if is_hidden(c) { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Control characters, and those that change how the text around them is shown.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
