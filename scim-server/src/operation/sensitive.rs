//! Filters that must not stand in a URL (RFC 7644 §7.5.2; S48).

use std::convert::Infallible;

use scim_filter::{AttrPath, Filter, Logic, Term};

use super::{Parameters, Scope};
use crate::path::{bind, dialect};
use crate::{BoundPath, Error, Leniency, Profile, ResourceType, Result, Stores};

impl<S: Stores> Scope<S> {
    /// Refuses the filter of a GET request that names an attribute whose values this server keeps out of URLs. The same filter
    /// goes through in the body of a POST to `.search`.
    ///
    /// # Errors
    /// 403 `sensitive`.
    pub fn check_url(&self, endpoint: Option<&str>, parameters: &Parameters) -> Result<()> {
        let sensitive = self.server.sensitive();
        let Some(text) = parameters.filter.as_deref().filter(|_| !sensitive.is_empty()) else { return Ok(()) };
        let types = self.server.registry().types();
        let asked = types.iter().filter(|kind| endpoint.is_none_or(|name| kind.endpoint.trim_start_matches('/') == name));
        match asked.flat_map(|kind| paths(kind, text)).find(|path| is_among(path, sensitive)) {
            Some(path) => Err(Error::sensitive(format!(
                "`{path}` is too sensitive for a URL, which logs keep: send the filter in the body of a POST request to .search"
            ))),
            None => Ok(()),
        }
    }
}

/// Whether the list has the path, what it is a part of, or the value that it stands for.
fn is_among(path: &BoundPath, sensitive: &[String]) -> bool {
    let implied = path.attribute.sub_attribute("value").filter(|_| path.sub.is_none()).map(|value| path.with_sub(value.clone()));
    let named = [Some(path.clone()), Some(path.parent()), implied];
    named.iter().flatten().any(|path| sensitive.iter().any(|listed| listed.eq_ignore_ascii_case(&path.to_string())))
}

/// What a filter names of a type, in every spelling that some profile accepts. What is no filter names nothing, and is refused elsewhere.
fn paths(kind: &ResourceType, text: &str) -> Vec<BoundPath> {
    let leniency = Leniency::new(Profile::LENIENT);
    let Ok(filter) = Filter::parse(text, &dialect(kind, &leniency)) else { return Vec::new() };
    let mut found = Vec::new();
    let mut bound = |path: &AttrPath<'_>, sub: Option<&str>| {
        let attribute = |sub: Option<&str>| bind(kind, path.urn(), path.name(), sub, &leniency);
        // In brackets, the elements of a simple attribute are called `value`, which is no sub-attribute.
        found.extend(attribute(path.sub().or(sub)).or_else(|| attribute(None)));
    };
    each(filter.root(), &mut |term| match term {
        Term::AttrExp(exp) => bound(exp.path(), None),
        Term::ValuePath(path) => {
            each(path.filter(), &mut |exp| bound(path.attr(), Some(exp.path().name())));
            if let Some(then) = path.then() {
                bound(path.attr(), Some(then.path().name()));
            }
        }
    });
    found
}

fn each<T>(filter: &Logic<T>, look: &mut impl FnMut(&T)) {
    let Ok(_) = filter.try_map(&mut |term| {
        look(term);
        Ok::<(), Infallible>(())
    });
}
