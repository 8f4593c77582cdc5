//! Stores that break one rule each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scim_server::filter::{CompareOp, Condition, ElementFilter, Logic, ResolvedFilter, Term};
use scim_server::store::{
    Change, Content, CursorKey, Document, Edit, Element, Expected, Found, Load, Page, Piece, Query, ResourceKey, Store, StoreError, Stored,
    Stores, Unknown, Written, contract,
};
use scim_server::{BoundPath, Caller, MemoryStore, MemoryStores, TenantId};

use super::answers::{self, Used};
use super::writes;

/// Which rule a store breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    IsDead,
    ForgetsTheExpectedVersion,
    ComparesTheVersionTooEarly,
    SaysThatEverythingChanges,
    CountsFromVersionZero,
    TouchesValuesUp,
    AcceptsTheUnknown,
    RefusesNothing,
    RefusesOnesOwn,
    TakesDeltasForAll,
    OnlyAdds,
    ChangesOneThing,
    StartsCollectionsAnew,
    RefusesTwins,
    TakesAnything,
    ForgetsWhatStands,
    RefusesCircles,
    TouchesMembers,
    WritesTheDocumentFirst,
    QueriesDocuments,
    ForgetsUniqueness,
    LooksBeforeItLeaps,
    CutsNames,
    SharesTenants,
    StoresSecrets,
    FoldsIds,
    ForgetsTheType,
    LoadsEverything,
    CommitsOneByOne,
    ReadsInTwoSteps,
    DropsAMember,
    WritesBackWhatItRead,
    KeepsUnknownElements,
    ForgetsItems,
    ForgetsNames,
    ForgetsTheOtherSide,
    ForgetsReferences,
    KeepsMembers,
    TakesReferencesOfAnyType,
    CountsThePage,
    CountsFromZero,
    TurnsTheOrder,
    IgnoresTheSort,
    SortsBySpelling,
    CutsSortKeys,
    PutsTheMissingLast,
    TakesEmptyForMissing,
    TurnsTies,
    TakesTheFirstElement,
    SortsDocuments,
    SortsTheBaseSchema,
    SortsThePage,
    AlwaysGoesOn,
    LosesTies,
    CountsItsWayBack,
    ForgetsPositions,
    ReadsZeroAsOne,
    AsksTheFirstType,
    SortsTypeByType,
    SharesTheFilter,
    CutsEachType,
    NeedsATotal,
    FoldsOrder,
    RepeatsTheLast,
    LooksForTheLast,
    TakesEmptyForUnknown,
    FindsNothingEverywhere,
    ReadsLongCollections,
    ReadsLongCollectionsOfPages,
    SeesThePresent,
    SeesNothingBefore,
    LooksOneLevelUp,
    ListsEveryWay,
    FindsASuperset,
    OpensBrackets,
    ReadsNeAsInSql,
    ForgetsThePlace,
    MakesKeysUnasked,
    TakesTheLastKey,
    HasOneKeyForAll,
    KeepsKeysForEver,
}

/// The memory stores with a flaw.
#[derive(Debug)]
pub(crate) struct FlawedStores {
    inner: MemoryStores,
    flaw: Option<Flaw>,
    used: Used,
}

#[derive(Debug)]
pub(crate) struct FlawedStore {
    inner: MemoryStore,
    /// What a store that never destroys a key has.
    keys: Arc<Mutex<BTreeMap<u32, CursorKey>>>,
    flaw: Option<Flaw>,
    used: Used,
}

impl FlawedStores {
    pub(crate) fn new(flaw: Option<Flaw>) -> Self {
        Self { inner: MemoryStores::new(), flaw, used: Used::default() }
    }
}

impl Stores for FlawedStores {
    type Store = FlawedStore;

    fn of(&self, caller: &Caller) -> FlawedStore {
        let mut caller = caller.clone();
        if self.flaw == Some(Flaw::SharesTenants) {
            caller.tenant = TenantId::new(caller.tenant.as_str().trim_end_matches("-other").to_owned());
        }
        FlawedStore { inner: self.inner.of(&caller), keys: Arc::default(), flaw: self.flaw, used: self.used.clone() }
    }
}

impl FlawedStore {
    fn is(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// What a store of this flaw looks up for the key.
    fn key(&self, key: &ResourceKey) -> ResourceKey {
        let id = if self.is(Flaw::FoldsIds) { key.id.to_lowercase() } else { key.id.clone() };
        ResourceKey { kind: key.kind.clone(), id }
    }

    fn shown(&self, mut stored: Stored) -> Stored {
        if self.is(Flaw::ForgetsTheOtherSide) {
            stored.collections.remove("groups");
        }
        if let Some(flaw) = self.flaw {
            answers::ascend(flaw, &mut stored);
        }
        stored.version -= u64::from(self.is(Flaw::CountsFromVersionZero));
        stored.collections.values_mut().flatten().for_each(|element| self.shown_element(element));
        stored
    }

    fn shown_element(&self, element: &mut Element) {
        if self.is(Flaw::ForgetsItems) {
            element.item.clear();
        }
        if let (true, Some(referent)) = (self.is(Flaw::ForgetsNames), &mut element.referent) {
            referent.display = None;
        }
    }

    /// The content as a store of this flaw understands it.
    fn content(&self, content: &mut Content) {
        if self.is(Flaw::ForgetsUniqueness) || self.is(Flaw::LooksBeforeItLeaps) {
            content.unique.clear();
        }
        if self.is(Flaw::CutsNames) {
            for unique in &mut content.unique {
                unique.key = unique.key.chars().take(255).collect();
            }
        }
        if self.is(Flaw::StoresSecrets) {
            content.document.extend(content.secrets.clone());
        }
        if self.is(Flaw::ForgetsReferences) {
            content.references.clear();
        }
        if self.is(Flaw::TakesReferencesOfAnyType) {
            for reference in &mut content.references {
                reference.types = vec!["User".into(), "Group".into(), "Device".into(), "Team".into()];
            }
        }
        if self.is(Flaw::KeepsUnknownElements) && content.unknown_elements == Unknown::LeaveOut {
            content.unknown_elements = Unknown::Keep;
        }
    }

    fn edit(&self, edit: &mut Edit) {
        let (elements, unknown) = match edit {
            Edit::Delta { put, unknown, .. } => (put, unknown),
            Edit::Replace { elements, unknown } => (elements, unknown),
        };
        if self.is(Flaw::DropsAMember) && elements.len() > 100 {
            elements.pop();
        }
        if self.is(Flaw::KeepsUnknownElements) && *unknown == Unknown::LeaveOut {
            *unknown = Unknown::Keep;
        }
    }

    /// Turns a delta into the list that it leads to now. Meanwhile others write.
    async fn read_and_replace(&self, key: &ResourceKey, path: &str, edit: &mut Edit) -> Result<(), StoreError> {
        if let Edit::Delta { put, remove, unknown } = edit {
            let stored = self.inner.get(key, &Load::Everything).await?.ok_or(StoreError::NotFound)?;
            let mut elements: BTreeMap<String, Element> = BTreeMap::new();
            for element in stored.collections.get(path).into_iter().flatten().chain(put.iter()) {
                elements.insert(element.value.clone(), element.clone());
            }
            elements.retain(|value, _| !remove.contains(value));
            *edit = Edit::Replace { elements: elements.into_values().collect(), unknown: *unknown };
            pause().await;
        }
        Ok(())
    }

    async fn change(&self, change: &mut Change) -> Result<(), StoreError> {
        match change {
            Change::Create { key, new } => {
                *key = self.key(key);
                if self.is(Flaw::LooksBeforeItLeaps) {
                    self.look(key, new).await?;
                }
                self.content(new);
            }
            Change::Update { key, expected, new, edits } => {
                *key = self.key(key);
                self.expect(key, expected).await?;
                if let Some(new) = new {
                    if self.is(Flaw::LooksBeforeItLeaps) {
                        self.look(key, new).await?;
                    }
                    self.content(new);
                }
                for (path, edit) in edits {
                    self.edit(edit);
                    if self.is(Flaw::WritesBackWhatItRead) {
                        self.read_and_replace(key, path, edit).await?;
                    }
                }
            }
            Change::Delete { key, expected } => {
                *key = self.key(key);
                self.expect(key, expected).await?;
            }
        }
        Ok(())
    }

    async fn expect(&self, key: &ResourceKey, expected: &mut Expected) -> Result<(), StoreError> {
        if self.is(Flaw::ForgetsTheExpectedVersion) {
            *expected = Expected::Any;
        }
        if let (true, Expected::Is(version)) = (self.is(Flaw::ComparesTheVersionTooEarly), *expected) {
            let stored = self.inner.get(key, &Load::DOCUMENT).await?.ok_or(StoreError::NotFound)?;
            if stored.version != version {
                return Err(StoreError::VersionMismatch);
            }
            pause().await;
            *expected = Expected::Any;
        }
        Ok(())
    }

    /// Looks for another resource with the same name, before it writes.
    async fn look(&self, key: &ResourceKey, new: &Content) -> Result<(), StoreError> {
        for unique in &new.unique {
            let Some(path) = key.kind.core_attribute(&unique.path) else { continue };
            let filter = Logic::Term(Term::Attribute(path, Condition::Compare(CompareOp::Eq, unique.key.clone())));
            let query = Query::of(key.kind.clone(), Some(filter), Page::Index { start: 1, count: 2 });
            if self.inner.query(&query).await?.resources.iter().any(|stored| stored.key.id != key.id) {
                return Err(StoreError::NotUnique { path: unique.path.clone() });
            }
        }
        pause().await;
        Ok(())
    }

    /// What puts deleted resources back into their groups.
    async fn restore(&self, changes: &[Change]) -> Result<Vec<Change>, StoreError> {
        let mut restore = Vec::new();
        for change in changes {
            let Change::Delete { key, .. } = change else { continue };
            let Some(stored) = self.inner.get(key, &Load::Everything).await? else { continue };
            let Some(kind) = contract::registry().by_name("Group").cloned() else { continue };
            for group in stored.collections.get("groups").into_iter().flatten() {
                let element = Element { value: key.id.clone(), item: Document::new(), referent: None };
                let edit = Edit::Delta { put: vec![element], remove: Vec::new(), unknown: Unknown::Keep };
                let key = ResourceKey { kind: kind.clone(), id: group.value.clone() };
                restore.push(Change::Update { key, expected: Expected::Any, new: None, edits: vec![("members".into(), edit)] });
            }
        }
        Ok(restore)
    }
}

impl Store for FlawedStore {
    async fn get(&self, key: &ResourceKey, load: &Load) -> Result<Option<Stored>, StoreError> {
        let mut key = self.key(key);
        if self.is(Flaw::ForgetsTheType) {
            for kind in contract::registry().types() {
                let of_kind = ResourceKey { kind: kind.clone(), id: key.id.clone() };
                if self.inner.get(&of_kind, &Load::DOCUMENT).await?.is_some() {
                    key = of_kind;
                }
            }
        }
        let load = match load {
            Load::UpTo(_, load) if self.is(Flaw::ReadsLongCollections) => load,
            _ if self.is(Flaw::LoadsEverything) => &Load::Everything,
            load => load,
        };
        let mut found = self.inner.get(&key, load).await?;
        if let (true, Some(stored)) = (self.is(Flaw::ReadsInTwoSteps), &mut found) {
            pause().await;
            if let Some(later) = self.inner.get(&key, load).await? {
                stored.collections = later.collections;
            }
        }
        Ok(found.map(|stored| self.shown(stored)))
    }

    async fn query(&self, query: &Query) -> Result<Found, StoreError> {
        let mut query = query.clone();
        for target in &mut query.targets {
            target.filter = target.filter.take().and_then(|filter| self.filter(filter));
        }
        let mut found = answers::query(&self.inner, self.flaw, &self.used, &query).await?;
        found.resources = found.resources.into_iter().map(|stored| self.shown(stored)).collect();
        Ok(found)
    }

    async fn elements(&self, of: &ResourceKey, piece: &Piece) -> Result<Vec<Element>, StoreError> {
        let mut found = answers::elements(&self.inner, self.flaw, &self.key(of), piece).await?;
        found.iter_mut().for_each(|element| self.shown_element(element));
        Ok(found)
    }

    async fn snapshot(&self) -> Result<Self, StoreError> {
        let inner = match self.flaw {
            Some(Flaw::SeesThePresent) => self.inner.clone(),
            Some(Flaw::SeesNothingBefore) => MemoryStore::default(),
            _ => self.inner.snapshot().await?,
        };
        Ok(Self { inner, flaw: self.flaw, used: self.used.clone(), keys: self.keys.clone() })
    }

    async fn commit(&self, changes: &[Change]) -> Result<Vec<Written>, StoreError> {
        if self.is(Flaw::IsDead) {
            return Err(StoreError::Unavailable("it is dead".into()));
        }
        if self.is(Flaw::ForgetsThePlace) {
            return self.inner.commit(changes).await.map_err(|error| error.apart().1);
        }
        if self.is(Flaw::LooksBeforeItLeaps) && changes.len() > 1 {
            return self.inner.commit(changes).await;
        }
        let mut changes = changes.to_vec();
        for change in &mut changes {
            self.change(change).await?;
        }
        if let Some(flaw) = self.flaw {
            writes::object(&self.inner, flaw, &changes).await?;
            changes.iter_mut().for_each(|change| writes::misread(flaw, change));
        }
        let restore = if self.is(Flaw::KeepsMembers) { self.restore(&changes).await? } else { Vec::new() };
        let mut written = Vec::new();
        if self.is(Flaw::CommitsOneByOne) || self.is(Flaw::WritesTheDocumentFirst) {
            let changes = if self.is(Flaw::WritesTheDocumentFirst) { writes::split(changes) } else { changes };
            for change in changes {
                written.extend(self.inner.commit(&[change]).await?);
            }
        } else {
            written = match self.inner.commit(&changes).await {
                Err(StoreError::NotFound) if self.is(Flaw::AcceptsTheUnknown) => Vec::new(),
                outcome => outcome?,
            };
            if self.is(Flaw::TouchesMembers) {
                self.inner.commit(&writes::touches(&self.inner, &changes).await?).await?;
            }
        }
        if !restore.is_empty() {
            self.inner.commit(&restore).await?;
        }
        for written in &mut written {
            written.changed |= self.is(Flaw::SaysThatEverythingChanges);
            written.version -= u64::from(self.is(Flaw::CountsFromVersionZero));
        }
        Ok(written)
    }

    async fn cursor_key(&self, generation: u32, new: Option<CursorKey>) -> Result<Option<CursorKey>, StoreError> {
        if self.is(Flaw::IsDead) {
            return Err(StoreError::Unavailable("it is dead".into()));
        }
        if self.is(Flaw::HasOneKeyForAll) {
            return Ok(new.is_some().then(|| CursorKey::from_bytes([7; 32])));
        }
        if self.is(Flaw::TakesTheLastKey) && new.is_some() {
            return Ok(new);
        }
        if self.is(Flaw::MakesKeysUnasked) {
            return self.inner.cursor_key(generation, Some(new.unwrap_or(CursorKey::from_bytes([7; 32])))).await;
        }
        if self.is(Flaw::KeepsKeysForEver) {
            let mut kept = self.keys.lock().expect("no test panics with it");
            if let Some(new) = new {
                kept.entry(generation).or_insert(new);
            }
            return Ok(kept.get(&generation).cloned());
        }
        self.inner.cursor_key(generation, new).await
    }
}

impl FlawedStore {
    /// The filter as a store of this flaw understands it; none finds everything.
    fn filter(&self, filter: ResolvedFilter) -> Option<ResolvedFilter> {
        match filter {
            // What an index cannot answer is not asked at all.
            Logic::Not(_) if self.is(Flaw::FindsASuperset) => None,
            Logic::Not(part) => Some(Logic::Not(Box::new(self.filter(*part)?))),
            Logic::And(parts) => joined(parts.into_iter().filter_map(|part| self.filter(part)).collect(), Logic::And),
            Logic::Or(parts) => {
                let parts: Option<Vec<ResolvedFilter>> = parts.into_iter().map(|part| self.filter(part)).collect();
                joined(parts?, Logic::Or)
            }
            Logic::Term(Term::Element(path, inside)) if self.is(Flaw::OpensBrackets) => Some(opened(&path, inside)),
            // In SQL, NULL is neither equal nor different.
            Logic::Term(Term::Attribute(path, condition @ Condition::Compare(CompareOp::Ne, _))) if self.is(Flaw::ReadsNeAsInSql) => {
                let present = Logic::Term(Term::Attribute(path.clone(), Condition::Present));
                Some(Logic::And(vec![present, Logic::Term(Term::Attribute(path, condition))]))
            }
            Logic::Term(term) => Some(Logic::Term(term)),
        }
    }
}

fn joined(mut parts: Vec<ResolvedFilter>, join: impl FnOnce(Vec<ResolvedFilter>) -> ResolvedFilter) -> Option<ResolvedFilter> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(join(parts)),
    }
}

/// The filter in the brackets, each test of it on any element.
fn opened(path: &BoundPath, filter: ElementFilter) -> ResolvedFilter {
    match filter {
        Logic::And(parts) => Logic::And(parts.into_iter().map(|part| opened(path, part)).collect()),
        Logic::Or(parts) => Logic::Or(parts.into_iter().map(|part| opened(path, part)).collect()),
        Logic::Not(part) => Logic::Not(Box::new(opened(path, *part))),
        Logic::Term(test) => {
            let path = test.sub.map_or_else(|| path.clone(), |sub| path.with_sub(sub));
            Logic::Term(Term::Attribute(path, test.condition))
        }
    }
}

/// Long enough for others to come between.
async fn pause() {
    tokio::time::sleep(Duration::from_millis(2)).await;
}
