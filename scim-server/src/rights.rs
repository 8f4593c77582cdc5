//! What a caller may do (RFC 7644 §2, §2.1): the scopes of its credential, in the words of the protocol.

use std::collections::BTreeMap;

use crate::ResourceType;

/// What a request does to the resources of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Retrieving and querying them.
    Read,
    /// Creating, changing and deleting them. Whoever may do that may read them too: the answer to a write shows the resource.
    Write,
}

/// What a caller may do with which resource types. Discovery (RFC 7644 §4) is readable for every caller.
///
/// # Examples
/// ```
/// use scim_server::{Access, Registry, Rights};
///
/// let registry = Registry::rfc7643();
/// let (user, group) = (registry.by_name("User").expect("registered"), registry.by_name("Group").expect("registered"));
/// let rights = Rights::read_only().with(Access::Write, "User");
/// assert!(rights.allow(Access::Write, user));
/// assert!(rights.allow(Access::Read, group) && !rights.allow(Access::Write, group));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// What is allowed with every type.
    everywhere: Option<Access>,
    /// What is allowed with the types of these names, if that is more.
    types: BTreeMap<String, Access>,
    /// What is allowed with the caller's own resource, if that is more.
    own: Option<Access>,
}

impl Rights {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { everywhere: Some(Access::Write), types: BTreeMap::new(), own: None }
    }

    /// Reading resources of every type.
    #[must_use]
    pub fn read_only() -> Self {
        Self { everywhere: Some(Access::Read), types: BTreeMap::new(), own: None }
    }

    /// Nothing but discovery.
    #[must_use]
    pub fn none() -> Self {
        Self { everywhere: None, types: BTreeMap::new(), own: None }
    }

    /// Also that, with the resource type of that name, e.g. `User`.
    #[must_use]
    pub fn with(mut self, access: Access, resource_type: impl Into<String>) -> Self {
        let known = self.types.entry(resource_type.into()).or_insert(access);
        *known = access.max(*known);
        self
    }

    /// Also that, with the caller's own resource, through `/Me` (RFC 7644 §2, §3.11): a person who may change their own phone number
    /// and nobody else's. It covers every attribute that clients can write; to keep some from people is for a hook of the store.
    #[must_use]
    pub fn with_own(self, access: Access) -> Self {
        Self { own: self.own.max(Some(access)), ..self }
    }

    /// Also what the others allow, as of a token that has several scopes.
    #[must_use]
    pub fn and(self, others: &Rights) -> Self {
        let everywhere = self.everywhere.max(others.everywhere);
        let united = others.types.iter().fold(self, |united, (name, access)| united.with(*access, name.as_str()));
        Self { everywhere, own: united.own.max(others.own), ..united }
    }

    /// Whether they allow that with the caller's own resource, whatever its type.
    #[must_use]
    pub fn allow_own(&self, access: Access) -> bool {
        self.own >= Some(access)
    }

    /// Whether they allow that with resources of that type.
    #[must_use]
    pub fn allow(&self, access: Access, kind: &ResourceType) -> bool {
        self.everywhere.max(self.types.get(&kind.name).copied()) >= Some(access)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    #[test]
    fn rights_unite_and_writing_includes_reading() {
        let registry = Registry::rfc7643();
        let (user, group) = (registry.by_name("User").expect("a type"), registry.by_name("Group").expect("a type"));
        // Read and write of users, read and write of groups.
        for (rights, expected) in [
            (Rights::all(), [true, true, true, true]),
            (Rights::read_only(), [true, false, true, false]),
            (Rights::none(), [false, false, false, false]),
            (Rights::none().with(Access::Read, "User"), [true, false, false, false]),
            (Rights::none().with(Access::Write, "User"), [true, true, false, false]),
            (Rights::none().with(Access::Write, "User").with(Access::Read, "User"), [true, true, false, false]),
            (Rights::none().with(Access::Read, "user"), [false, false, false, false]),
            (Rights::read_only().with(Access::Write, "Group"), [true, false, true, true]),
            (Rights::none().with(Access::Read, "User").and(&Rights::none().with(Access::Write, "Group")), [true, false, true, true]),
            (Rights::none().with(Access::Write, "User").and(&Rights::read_only()), [true, true, true, false]),
            (Rights::all().and(&Rights::none()), [true, true, true, true]),
        ] {
            let allowed = [user, group].map(|kind| [rights.allow(Access::Read, kind), rights.allow(Access::Write, kind)]).concat();
            assert_eq!(allowed, expected, "{rights:?}");
        }
    }
}
