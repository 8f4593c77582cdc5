//! What a caller knows and permits beyond the grammar.

/// What the caller knows (the schema URNs of its resource types) and what it permits beyond the grammar.
///
/// A schema URN contains colons and dots, so the grammar alone cannot tell where it ends
/// (`urn:ietf:params:scim:schemas:core:2.0:User:name.givenName`). With known URNs the longest one wins that the text starts with,
/// in any case, followed by `:` or the end. A URN that is not known, and every URN of [`Dialect::lexical`], ends at the last `:`
/// before the attribute name: whether such a URN means anything is the caller's question.
///
/// The switches accept what certain clients send. They are off unless asked for.
///
/// # Examples
/// ```
/// use scim_filter::{Dialect, Path};
///
/// let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// let dialect = Dialect::with_urns([enterprise]);
/// let path = Path::parse(enterprise, &dialect)?;
/// assert_eq!((path.urn(), path.name()), (Some(enterprise), None));
/// # Ok::<(), scim_filter::ParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Dialect<'u> {
    urns: Vec<&'u str>,
    bare_tokens: bool,
    dot_after_urn: bool,
    compare_after_value_path: bool,
}

impl Dialect<'static> {
    /// The grammar of the RFC; no URN is known, so each ends at the last `:` before the attribute name.
    ///
    /// A URN alone cannot be told from an attribute path here: its last part reads as the attribute.
    pub fn lexical() -> Self {
        Dialect::default()
    }
}

impl<'u> Dialect<'u> {
    /// The grammar of the RFC, with the schema URNs that the caller has registered.
    pub fn with_urns(urns: impl IntoIterator<Item = &'u str>) -> Self {
        Dialect { urns: urns.into_iter().collect(), ..Dialect::default() }
    }

    /// Also accepts a value without quotes and reads it as a string: `externalId eq ana.diaz`.
    ///
    /// `True` and `False` are the strings "True" and "False" then; whether these compare with a boolean is the caller's question.
    /// `true`, `false`, `null` and numbers keep their JSON meaning. A value in single quotes stays an error.
    #[must_use]
    pub fn bare_tokens(self) -> Self {
        Dialect { bare_tokens: true, ..self }
    }

    /// Also accepts `.` in place of the last `:` after a known URN: `urn:…:enterprise:2.0:User.department`.
    #[must_use]
    pub fn dot_after_urn(self) -> Self {
        Dialect { dot_after_urn: true, ..self }
    }

    /// Also accepts a comparison right after a value path, `emails[type eq "work"] eq "x"`, and reads it as one of `value`.
    #[must_use]
    pub fn compare_after_value_path(self) -> Self {
        Dialect { compare_after_value_path: true, ..self }
    }

    pub(crate) fn permits_bare_tokens(&self) -> bool {
        self.bare_tokens
    }

    pub(crate) fn permits_dot_after_urn(&self) -> bool {
        self.dot_after_urn
    }

    pub(crate) fn permits_compare_after_value_path(&self) -> bool {
        self.compare_after_value_path
    }

    /// Whether `text` is a known URN, in any case.
    pub(crate) fn knows(&self, text: &str) -> bool {
        self.urns.iter().any(|urn| urn.eq_ignore_ascii_case(text))
    }
}
