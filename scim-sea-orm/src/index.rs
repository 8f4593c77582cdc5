//! Which attributes are indexed, and the rows that stand for a document's values.

use std::collections::BTreeMap;

use scim_server::comparison::comparison_key;
use scim_server::filter::is_present;
use scim_server::sort::leading_element;
use scim_server::store::{Document, UniqueKey};
use scim_server::{Attribute, AttributeType, BoundPath, Registry, ResourceType, Uniqueness};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::options::ConnectError;
use crate::walk::ValueAt;

/// The bytes of an indexed value. A longer key is cut and ends in a digest of the whole, so that two long names with one beginning differ.
pub(crate) const MAX_VALUE: u32 = 255;

/// Where a long key is cut: what is shorter stands in the index as it is.
pub(crate) const CUT: usize = 191;

/// Which attributes of a type are indexed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Indexed {
    /// Names, addresses, state and organisation: what identity providers ask for, and all that must be unique.
    #[default]
    Default,
    /// Every simple attribute and sub-attribute, and which elements there are.
    All,
    /// The unique ones and these canonical paths. The path of a complex multi-valued attribute (`emails`) stands for its elements as
    /// such: filters that say what an element is not need them (`emails[not (type eq "work")]`).
    Paths(Vec<String>),
}

/// What is indexed without a declaration of one's own.
const DEFAULT: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "name.familyName",
    "name.givenName",
    "emails.value",
    "active",
    "title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

/// By this attribute others name a resource (S57).
const NAME: &str = "displayName";

/// What the server says of a reference beside its `value`: no part of the document.
pub(crate) const MADE_BY_SERVER: [&str; 3] = ["$ref", "display", "displayName"];

/// The indexed attributes of all types.
#[derive(Debug)]
pub(crate) struct Index {
    types: BTreeMap<String, Vec<IndexedPath>>,
}

#[derive(Debug)]
pub(crate) struct IndexedPath {
    pub(crate) path: BoundPath,
    /// The number under which its values stand.
    pub(crate) number: i64,
    /// The number under which each value that was cut has a row, too: without one, no value under `number` is cut.
    pub(crate) cut: i64,
    pub(crate) unique: bool,
    /// Whether its values shall also be found by their parts: they stand under a number below 0.
    pub(crate) searchable: bool,
}

/// One row of the value table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueRow {
    pub(crate) attribute: i64,
    pub(crate) value: Vec<u8>,
    pub(crate) element: i64,
    pub(crate) unique: bool,
}

impl ValueRow {
    /// The row of the resource with that key. With slot 0 the primary key holds what must be unique.
    pub(crate) fn of(self, key: i64) -> ValueAt {
        let Self { attribute, value, element, unique } = self;
        ValueAt { attribute, value, slot: if unique { 0 } else { key }, element, key }
    }
}

impl Index {
    /// The index of these attributes.
    ///
    /// # Errors
    /// Fails if no type has a text under a path that is declared as searchable.
    pub(crate) fn new(registry: &Registry, indexed: &Indexed, searchable: &[String]) -> Result<Self, ConnectError> {
        let types = registry.types().iter().map(|kind| (kind.name.clone(), indexed_paths(kind, indexed, searchable)));
        let index = Self { types: types.collect() };
        let is_found = |path: &String| index.searchable().any(|found| found.path.to_string() == *path);
        match searchable.iter().find(|path| !is_found(path)) {
            None => Ok(index),
            Some(path) => Err(ConnectError::NotSearchable(path.clone())),
        }
    }

    fn searchable(&self) -> impl Iterator<Item = &IndexedPath> {
        self.types.values().flatten().filter(|indexed| indexed.searchable)
    }

    /// Whether the values of any attribute shall be found by their parts.
    pub(crate) fn is_searched(&self) -> bool {
        self.searchable().next().is_some()
    }

    /// How the path is indexed, if it is.
    pub(crate) fn find(&self, kind: &ResourceType, path: &BoundPath) -> Option<&IndexedPath> {
        self.types.get(&kind.name)?.iter().find(|indexed| indexed.path == *path)
    }

    /// Whether that path is unique by its schema, whoever writes it.
    pub(crate) fn declares_unique(&self, kind: &ResourceType, path: &str) -> bool {
        self.types.get(&kind.name).is_some_and(|paths| paths.iter().any(|indexed| indexed.unique && indexed.path.to_string() == path))
    }

    /// The numbers of the values and of the cut ones by which others name the resources of a type, if the index has them in the
    /// way that the attribute `name` compares.
    pub(crate) fn names(&self, kind: &ResourceType, name: &Attribute) -> Option<(i64, i64)> {
        let path = kind.core_attribute(NAME)?;
        let indexed = self.find(kind, &path)?;
        let alike = path.attribute.kind == name.kind && path.attribute.case_exact == name.case_exact && !name.is_unique();
        let number = if indexed.unique { path_number(kind, NAME) } else { indexed.number };
        alike.then_some((number, indexed.cut))
    }

    /// All that decides which rows a document has: another text means another index.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = format!("keys 3, cut {CUT}");
        for (name, paths) in &self.types {
            text.push_str(&format!("\n{name}:"));
            for indexed in paths {
                let parts = if indexed.searchable { "*" } else { "" };
                text.push_str(&format!(" {}{}{parts}", indexed.path, if indexed.path.leaf().case_exact { "=" } else { "~" }));
            }
        }
        hex(&Sha256::digest(text))
    }

    /// The rows of a document. What must be unique comes with the change, because the profile has a say in it.
    pub(crate) fn rows(&self, kind: &ResourceType, document: &Document, unique: &[UniqueKey]) -> Vec<ValueRow> {
        let mut rows = Vec::new();
        for indexed in self.types.get(&kind.name).into_iter().flatten().filter(|indexed| !indexed.unique) {
            for (element, key) in keys(&indexed.path, document) {
                rows.extend(value_rows(indexed.number, indexed.cut, &key, element));
            }
        }
        rows.extend(self.shown_name(kind, document).into_iter().flatten());
        for UniqueKey { path, key } in unique {
            rows.push(ValueRow { attribute: self.unique_number(kind, path), value: cut(key), element: 0, unique: true });
            rows.extend((key.len() > CUT).then(|| ValueRow {
                attribute: cut_number(kind, path),
                value: Vec::new(),
                element: 0,
                unique: false,
            }));
        }
        rows.sort();
        rows.dedup();
        rows
    }

    /// The number under which the unique values of an attribute stand, whether it is unique by its schema or by a profile.
    pub(crate) fn unique_number(&self, kind: &ResourceType, path: &str) -> i64 {
        let paths = self.types.get(&kind.name).into_iter().flatten();
        let declared = paths.filter(|indexed| indexed.unique).find(|indexed| indexed.path.to_string() == path);
        declared.map_or_else(|| unique_number(kind, path), |indexed| indexed.number)
    }

    /// The rows of a unique name as others show it (`display`): there it is compared as an ordinary text.
    fn shown_name(&self, kind: &ResourceType, document: &Document) -> Option<Vec<ValueRow>> {
        let path = kind.core_attribute(NAME)?;
        let indexed = self.find(kind, &path).filter(|indexed| indexed.unique)?;
        let ordinary = Attribute { uniqueness: Uniqueness::None, ..(*path.attribute).clone() };
        let key = comparison_key(&ordinary, document.get(NAME)?)?;
        Some(value_rows(path_number(kind, NAME), indexed.cut, &key, 0))
    }
}

/// The row of a value, and the one that tells that it was cut.
fn value_rows(attribute: i64, mark: i64, key: &str, element: i64) -> Vec<ValueRow> {
    let mut rows = vec![ValueRow { attribute, value: cut(key), element, unique: false }];
    rows.extend((key.len() > CUT).then(|| ValueRow { attribute: mark, value: Vec::new(), element, unique: false }));
    rows
}

fn indexed_paths(kind: &ResourceType, indexed: &Indexed, searchable: &[String]) -> Vec<IndexedPath> {
    let mut paths = Vec::new();
    for path in kind.attributes() {
        // `id` and `meta` are columns of the resource.
        let held = path.extension.is_none() && ["id", "meta"].contains(&path.attribute.name.as_str());
        if held || kind.collection(&path).is_some() || kind.derived(&path).is_some() || path.is_secret() {
            continue;
        }
        let mut parts = vec![path.clone()];
        if path.attribute.is_complex() {
            parts.retain(|path| path.attribute.multi_valued);
            parts.extend(path.attribute.sub_attributes.iter().map(|sub| path.with_sub(sub.clone())));
        }
        let reference = kind.references.contains(&path);
        for path in parts {
            let made_by_the_server = reference && path.sub.as_ref().is_some_and(|sub| MADE_BY_SERVER.contains(&sub.name.as_str()));
            let unique = path.leaf().is_unique() && !path.attribute.multi_valued;
            let chosen = match indexed {
                Indexed::All => true,
                Indexed::Default => {
                    reference && path.sub.as_ref().is_some_and(|sub| sub.name == "value") || DEFAULT.contains(&path.to_string().as_str())
                }
                Indexed::Paths(paths) => paths.contains(&path.to_string()),
            };
            let text = path.to_string();
            let is_text = matches!(path.leaf().kind, AttributeType::String | AttributeType::Reference);
            let searchable = is_text && searchable.contains(&text);
            if !made_by_the_server && !path.is_secret() && !is_list_in_list(&path) && (unique || chosen || searchable) {
                let number = if unique { unique_number(kind, &text) } else { path_number(kind, &text) };
                let number = if searchable { searchable_number(number) } else { number };
                let cut = cut_number(kind, &text);
                paths.push(IndexedPath { path, number, cut, unique, searchable });
            }
        }
    }
    paths
}

/// Whether it is a list inside of a list: rows could not tell its elements apart.
fn is_list_in_list(path: &BoundPath) -> bool {
    path.sub.as_ref().is_some_and(|sub| sub.multi_valued)
}

/// The comparison keys of a path in a document, each with the number of its element: 0 is the one that leads (S33), so that a sort
/// finds it without a look at the others.
fn keys(path: &BoundPath, document: &Document) -> Vec<(i64, String)> {
    let holder = match &path.extension {
        None => Some(document),
        Some(urn) => document.get(&**urn).and_then(Value::as_object),
    };
    let Some(value) = holder.and_then(|holder| holder.get(&path.attribute.name)) else { return Vec::new() };
    let elements =
        if path.attribute.multi_valued { value.as_array().map_or(&[] as &[Value], Vec::as_slice) } else { std::slice::from_ref(value) };
    let mut order: Vec<&Value> = elements.iter().collect();
    if !order.is_empty() {
        order.swap(0, leading_element(elements));
    }
    let mut keys = Vec::new();
    for (number, element) in (0..).zip(order) {
        let leaf = path.sub.as_ref().map_or(Some(element), |sub| element.get(&sub.name));
        let key = match leaf {
            // Of an element as such: that it is there, and whether it is more than empty.
            Some(element) if path.leaf().is_complex() => Some(if is_present(element) { "1" } else { "" }.to_owned()),
            leaf => leaf.and_then(|leaf| comparison_key(path.leaf(), leaf)),
        };
        keys.extend(key.map(|key| (number, key)));
    }
    keys
}

/// A key as it stands in the index.
pub(crate) fn cut(key: &str) -> Vec<u8> {
    let bytes = key.as_bytes();
    if bytes.len() <= CUT {
        return bytes.to_vec();
    }
    let mut short = bytes[..CUT].to_vec();
    short.extend_from_slice(hex(&Sha256::digest(bytes)).as_bytes());
    short
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of a type.
pub(crate) fn type_number(kind: &str) -> i64 {
    number(&format!("type {kind}"))
}

/// The number of an attribute of a type.
pub(crate) fn path_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path}", kind.name))
}

/// The number under which the unique values of an attribute stand that is not searchable.
fn unique_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path} unique", kind.name))
}

/// The number under which the cut values of an attribute are marked.
fn cut_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path} cut", kind.name))
}

/// The number under which the values of a searchable attribute stand instead. It is below 0: that is how the trigram index knows them.
fn searchable_number(number: i64) -> i64 {
    !number
}

/// All numbers under which values of a type can stand, whatever is declared.
pub(crate) fn possible_numbers(kind: &ResourceType) -> Vec<i64> {
    let with_parts = |path: BoundPath| {
        let parts: Vec<String> = path.attribute.sub_attributes.iter().map(|sub| path.with_sub(sub.clone()).to_string()).collect();
        std::iter::once(path.to_string()).chain(parts)
    };
    let paths = kind.attributes().flat_map(with_parts);
    paths
        .flat_map(|path| {
            let (plain, unique) = (path_number(kind, &path), unique_number(kind, &path));
            [plain, unique, searchable_number(plain), searchable_number(unique), cut_number(kind, &path)]
        })
        .collect()
}

/// A number made from a name, the same in every process, so that nobody has to hand them out.
pub(crate) fn number(name: &str) -> i64 {
    let digest = Sha256::digest(name);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The rows of a user under that path, as element and text.
    fn rows(indexed: &Indexed, path: &str, body: Value) -> Vec<(i64, String)> {
        let registry = Registry::rfc7643();
        let user = registry.by_name("User").unwrap();
        let index = Index::new(&registry, indexed, &[]).unwrap();
        let number = path_number(user, path);
        let rows = index.rows(user, body.as_object().unwrap(), &[]);
        let of_path = rows.into_iter().filter(|row| row.attribute == number);
        let mut found: Vec<(i64, String)> = of_path.map(|row| (row.element, String::from_utf8(row.value).unwrap())).collect();
        found.sort();
        found
    }

    #[test]
    fn the_element_that_leads_a_sort_is_number_0() {
        let emails = |primary: usize| {
            let mut emails = json!([{"value": "a"}, {"value": "b"}, {"value": "c"}]);
            if let Some(email) = emails.get_mut(primary) {
                email["primary"] = json!(true);
            }
            json!({"emails": emails})
        };
        for (primary, expected) in [(9, ["a", "b", "c"]), (0, ["a", "b", "c"]), (1, ["b", "a", "c"]), (2, ["c", "b", "a"])] {
            let numbered: Vec<(i64, String)> = (0..).zip(expected.map(ToOwned::to_owned)).collect();
            assert_eq!(rows(&Indexed::Default, "emails.value", emails(primary)), numbered, "{primary}");
        }
    }

    #[test]
    fn elements_as_such_have_rows_if_that_is_declared() {
        let body = json!({"emails": [{"value": "a"}, {"value": ""}, {"type": "work"}]});
        let declared = Indexed::Paths(vec!["emails".into()]);
        let expected = vec![(0, "1".to_owned()), (1, String::new()), (2, "1".to_owned())];
        for indexed in [declared, Indexed::All] {
            assert_eq!(rows(&indexed, "emails", body.clone()), expected, "{indexed:?}");
        }
        assert_eq!(rows(&Indexed::Default, "emails", body), []);
    }
}
