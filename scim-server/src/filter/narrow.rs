//! For stores that can only bound a part of a filter.
//!
//! Such a store knows for each test what certainly matches and what possibly matches. [`narrow`] carries this through `and`, `or`
//! and `not`; what lies between the two bounds is decided by [`matches`](super::matches()) on the resource.

use super::Logic;

/// A condition of a store's own language.
pub trait Combine: Sized {
    /// All of these hold.
    fn all(parts: Vec<Self>) -> Self;
    /// One of these holds.
    fn any(parts: Vec<Self>) -> Self;
    /// This does not hold.
    fn negate(self) -> Self;
}

/// What a store knows of a filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds<C> {
    /// What matches this certainly matches the filter. Nothing is certain without it.
    pub certainly: Option<C>,
    /// What matches the filter certainly matches this. Everything is possible without it.
    pub possibly: Option<C>,
    /// Whether the two are the same.
    pub exact: bool,
}

impl<C: Clone> Bounds<C> {
    /// The condition says just what the filter says.
    pub fn exactly(condition: C) -> Self {
        Self { certainly: Some(condition.clone()), possibly: Some(condition), exact: true }
    }

    /// The store knows nothing about it.
    #[must_use]
    pub fn unknown() -> Self {
        Self { certainly: None, possibly: None, exact: false }
    }
}

/// Carries what is known of each test through the whole filter, or through what stands in `[ ]`.
///
/// # Examples
/// ```
/// use scim_server::filter::{Bounds, Combine, narrow, resolve};
/// use scim_server::{Leniency, Profile, Registry};
///
/// impl Combine for Sql { // conditions as text
///     fn all(parts: Vec<Self>) -> Self { Sql(parts.into_iter().map(|part| part.0).collect::<Vec<_>>().join(" AND ")) }
///     fn any(parts: Vec<Self>) -> Self { Sql(format!("({})", parts.into_iter().map(|part| part.0).collect::<Vec<_>>().join(" OR "))) }
///     fn negate(self) -> Self { Sql(format!("NOT ({})", self.0)) }
/// }
/// # #[derive(Debug, Clone, PartialEq)] struct Sql(String);
/// let registry = Registry::rfc7643();
/// let user = registry.by_name("User").expect("User is registered");
/// let filter = resolve(r#"active eq true and not (title pr)"#, user, &Leniency::new(Profile::RFC))?;
/// // This store has a column for `active` only.
/// let known = narrow(&filter, &|term| match term {
///     scim_server::filter::Term::Attribute(path, _) if path.to_string() == "active" => Bounds::exactly(Sql("active".into())),
///     _ => Bounds::unknown(),
/// });
/// assert_eq!(known, Bounds { certainly: None, possibly: Some(Sql("active".into())), exact: false });
/// # Ok::<(), scim_server::Error>(())
/// ```
pub fn narrow<T, C: Combine>(filter: &Logic<T>, known: &impl Fn(&T) -> Bounds<C>) -> Bounds<C> {
    match filter {
        Logic::Term(term) => known(term),
        Logic::Not(part) => {
            // What is not even possible is certainly in the negation.
            let part = narrow(part, known);
            Bounds { certainly: part.possibly.map(C::negate), possibly: part.certainly.map(C::negate), exact: part.exact }
        }
        Logic::And(parts) => {
            let (certainly, possibly, exact) = split(parts, known);
            Bounds { certainly: complete(certainly).map(join(C::all)), possibly: partial(possibly).map(join(C::all)), exact }
        }
        Logic::Or(parts) => {
            let (certainly, possibly, exact) = split(parts, known);
            Bounds { certainly: partial(certainly).map(join(C::any)), possibly: complete(possibly).map(join(C::any)), exact }
        }
    }
}

type Split<C> = (Vec<Option<C>>, Vec<Option<C>>, bool);

fn split<T, C: Combine>(parts: &[Logic<T>], known: &impl Fn(&T) -> Bounds<C>) -> Split<C> {
    let mut split = (Vec::new(), Vec::new(), true);
    for part in parts {
        let bounds = narrow(part, known);
        split.0.push(bounds.certainly);
        split.1.push(bounds.possibly);
        split.2 &= bounds.exact;
    }
    split
}

/// All conditions, if each part has one.
fn complete<C>(parts: Vec<Option<C>>) -> Option<Vec<C>> {
    parts.into_iter().collect()
}

/// The conditions of those parts that have one.
fn partial<C>(parts: Vec<Option<C>>) -> Option<Vec<C>> {
    let known: Vec<C> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then_some(known)
}

fn join<C>(how: fn(Vec<C>) -> C) -> impl FnOnce(Vec<C>) -> C {
    move |mut parts| if parts.len() == 1 { parts.remove(0) } else { how(parts) }
}
