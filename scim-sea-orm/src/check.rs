//! Comparing what stands beside the documents with the documents: index, links, tally.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Query as Sql};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};

use crate::expected::{Numbers, Standing, is_strange, linking_resources, rows, standings};
use crate::index::path_number;
use crate::read::references;
use crate::stores::{SqlStore, SqlStores};
use crate::table::{bytes, key_range, resource, tally, text, value};
use crate::transfer::Progress;
use crate::trigrams::wrong_texts;
use crate::walk::{LinkAt, ResourceAt, Row as _, ValueAt, Walk};
use crate::write::cleanup::{Gone, left_behind};
use crate::write::{compared, display};

/// How many faults a check remembers; it counts all.
const REMEMBERED: usize = 1_000;

/// How many rows one statement asks for by their whole keys.
const ROWS: usize = 200;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Check {
    /// How many resources there are.
    pub resources: u64,
    /// How many rows of indexed values.
    pub values: u64,
    /// How many elements and references.
    pub links: u64,
    /// How many of them name nothing. That is no fault: some profiles keep them as they were sent.
    pub unknown: u64,
    /// How many faults there are.
    pub fault_count: u64,
    /// The first thousand of them.
    pub faults: Vec<Fault>,
}

/// Something that does not fit the documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The name of the tenant.
    pub tenant: String,
    /// What it is.
    pub defect: Defect,
    /// Where it is: a resource, or rows that belong to none.
    pub place: String,
}

/// A kind of fault. `reindex` mends them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// A row of an indexed value that no resource has.
    StrangeValue,
    /// An indexed value without its row.
    MissingValue,
    /// An element or reference whose owner is gone or does not have it.
    StrangeLink,
    /// A reference without its row.
    MissingLink,
    /// An element or reference with the comparison key of another id.
    WrongComparison,
    /// A resource with another display name beside the document than in it.
    WrongDisplay,
    /// A block of the tally that counts other than there are.
    WrongTally,
    /// A key in use that is still to be given out.
    WrongKeyRange,
    /// A text of a searchable attribute that the trigram index of SQLite lacks, or has without a resource.
    WrongText,
}

impl Defect {
    fn text(self) -> &'static str {
        match self {
            Self::StrangeValue => "a row of an indexed value that no resource has",
            Self::MissingValue => "an indexed value without its row",
            Self::StrangeLink => "an element or reference without its owner",
            Self::MissingLink => "a reference without its row",
            Self::WrongComparison => "an element or reference with another id's comparison key",
            Self::WrongDisplay => "another display name than in the document",
            Self::WrongTally => "a tally that counts other than there are",
            Self::WrongKeyRange => "a key in use that is still to be given out",
            Self::WrongText => "a searchable text that the trigram index lacks or has too much",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tenant {:?}, {}: {}", self.tenant, self.place, self.defect.text())
    }
}

impl SqlStores {
    /// Compares index, links and tally with the documents, all of one moment, while the database is in use. It reads everything.
    ///
    /// # Errors
    /// Fails if the database does, or if a document is no JSON.
    pub async fn check(&self, progress: &(dyn Fn(Progress) + Sync)) -> Result<Check, DbErr> {
        let snapshot = self.inner.database.begin_with_options(self.inner.engine.reading()).await?;
        let mut check = Check::default();
        for store in self.tenants(&snapshot).await? {
            let mut tenant = TenantCheck { numbers: Numbers::new(&store), store: &store, snapshot: &snapshot, check: &mut check, progress };
            tenant.run().await?;
        }
        snapshot.commit().await?;
        Ok(check)
    }
}

struct TenantCheck<'a> {
    store: &'a SqlStore,
    numbers: Numbers,
    snapshot: &'a DatabaseTransaction,
    check: &'a mut Check,
    progress: &'a (dyn Fn(Progress) + Sync),
}

/// How many rows there are, by attribute.
type Counts = BTreeMap<i64, u64>;

impl TenantCheck<'_> {
    async fn run(&mut self) -> Result<(), DbErr> {
        let (values, links) = (self.values().await?, self.links().await?);
        let (wanted_values, wanted_links) = self.resources().await?;
        // No row is strange and none stands twice: where the numbers are equal, all are there.
        let lacking = |wanted: Counts, there: &Counts| -> BTreeSet<i64> {
            wanted.into_iter().filter(|(attribute, count)| there.get(attribute) != Some(count)).map(|(attribute, _)| attribute).collect()
        };
        let (values, links) = (lacking(wanted_values, &values), lacking(wanted_links, &links));
        if !values.is_empty() || !links.is_empty() {
            self.find_missing(&values, &links).await?;
        }
        for attribute in wrong_texts(self.store, self.snapshot).await? {
            self.fault(Defect::WrongText, format!("attribute {attribute}"));
        }
        Ok(())
    }

    fn fault(&mut self, defect: Defect, place: String) {
        self.check.fault_count += 1;
        if self.check.faults.len() < REMEMBERED {
            self.check.faults.push(Fault { tenant: self.store.caller.tenant.as_str().to_owned(), defect, place });
        }
    }

    fn tell(&self, what: &'static str, done: u64) {
        (self.progress)(Progress { what, done, all: None });
    }

    /// How many right rows of values there are.
    async fn values(&mut self) -> Result<Counts, DbErr> {
        let (mut walk, mut counts) = (Walk::<ValueAt>::new(self.store.tenant), Counts::new());
        loop {
            let piece = walk.next(self.snapshot).await?;
            if piece.is_empty() {
                return Ok(counts);
            }
            let standings = standings(self.store, &self.numbers, self.snapshot, &piece).await?;
            for (row, standing) in piece.iter().zip(standings) {
                self.check.values += 1;
                match standing {
                    Standing::Certain => *counts.entry(row.attribute).or_default() += 1,
                    Standing::Optional => {}
                    Standing::Strange => self.fault(Defect::StrangeValue, format!("attribute {} of key {}", row.attribute, row.key)),
                }
            }
            self.tell("values", self.check.values);
        }
    }

    /// How many right rows of references there are.
    async fn links(&mut self) -> Result<Counts, DbErr> {
        let (mut walk, mut counts) = (Walk::<LinkAt>::new(self.store.tenant), Counts::new());
        let leaving = left_behind(self.store, self.snapshot).await?;
        loop {
            let piece = walk.next(self.snapshot).await?;
            if piece.is_empty() {
                return Ok(counts);
            }
            let owners = linking_resources(self.store, &self.numbers, self.snapshot, &piece).await?;
            let known = self.known_ids(&piece).await?;
            for link in &piece {
                self.check.links += 1;
                // Of a type that the registry does not have: nothing shows it.
                let Some(linking) = self.numbers.links.get(&link.attribute).cloned() else { continue };
                // What a deletion has left for its next transactions is on its way out.
                let owner_leaves = |gone: &Gone| gone.kind.name == linking.kind.name && gone.number == link.owner;
                let target_leaves = leaving.iter().any(|gone| gone.id == link.value);
                if leaving.iter().any(owner_leaves) {
                    continue;
                }
                let place = |owner: &str| format!("{} {owner}, `{}`", linking.kind.name, linking.path);
                if is_strange(&linking, link, &owners) {
                    self.fault(Defect::StrangeLink, place(&format!("of key {}", link.owner)));
                    continue;
                }
                if bytes(&compared(&linking.kind, &linking.path.to_string(), &link.value)) != link.compared {
                    self.fault(Defect::WrongComparison, place(&format!("of key {}", link.owner)));
                }
                if linking.is_reference {
                    *counts.entry(link.attribute).or_default() += 1;
                }
                self.check.unknown += u64::from(!target_leaves && !known.contains(&link.value));
            }
            self.tell("links", self.check.links);
        }
    }

    /// Those of the named ids that are resources.
    async fn known_ids(&self, links: &[LinkAt]) -> Result<BTreeSet<String>, DbErr> {
        let named: BTreeSet<&str> = links.iter().map(|link| link.value.as_str()).collect();
        let select = Sql::select()
            .column(resource::ID)
            .from(resource::TABLE)
            .and_where(Expr::col(resource::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(resource::ID).is_in(named.into_iter().map(bytes)))
            .take();
        self.snapshot.query_all(&select).await?.iter().map(|row| text(row, resource::ID)).collect()
    }

    /// How many rows of values and of references the documents want. Display names, tally and keys are compared on the way.
    async fn resources(&mut self) -> Result<(Counts, Counts), DbErr> {
        let (mut values, mut links) = (Counts::new(), Counts::new());
        let (mut blocks, mut last_keys) = (BTreeMap::<(i64, i64), i64>::new(), BTreeMap::<i64, i64>::new());
        let mut walk = Walk::<ResourceAt>::new(self.store.tenant);
        loop {
            let piece = walk.next(self.snapshot).await?;
            if piece.is_empty() {
                break;
            }
            for row in &piece {
                self.check.resources += 1;
                *blocks.entry((row.kind, row.key >> self.store.inner.engine.block_shift())).or_default() += 1;
                last_keys.insert(row.kind, row.key);
                let Some(kind) = self.numbers.types.get(&row.kind).cloned() else { continue };
                for wanted in rows(self.store, &kind, row).certain {
                    *values.entry(wanted.attribute).or_default() += 1;
                }
                for (path, _) in references(&kind, &row.document) {
                    *links.entry(path_number(&kind, &path)).or_default() += 1;
                }
                if display(&row.document) != row.display.as_deref().map(bytes) {
                    self.fault(Defect::WrongDisplay, format!("{} {}", kind.name, row.id));
                }
            }
            self.tell("resources", self.check.resources);
        }
        self.compare_tally(blocks).await?;
        self.compare_keys(last_keys).await?;
        Ok((values, links))
    }

    async fn compare_tally(&mut self, mut counted: BTreeMap<(i64, i64), i64>) -> Result<(), DbErr> {
        let select = Sql::select()
            .columns([tally::TYPE, tally::BLOCK, tally::COUNT])
            .from(tally::TABLE)
            .and_where(Expr::col(tally::TENANT).eq(self.store.tenant))
            .take();
        for row in self.snapshot.query_all(&select).await? {
            let (kind, block): (i64, i64) = (row.try_get("", tally::TYPE)?, row.try_get("", tally::BLOCK)?);
            *counted.entry((kind, block)).or_default() -= row.try_get::<i64>("", tally::COUNT)?;
        }
        for ((kind, block), difference) in counted {
            if difference != 0 {
                self.fault(Defect::WrongTally, format!("{}, block {block}", self.name_of(kind)));
            }
        }
        Ok(())
    }

    async fn compare_keys(&mut self, last_keys: BTreeMap<i64, i64>) -> Result<(), DbErr> {
        let mut free = HashMap::new();
        let select = Sql::select()
            .columns([key_range::TYPE, key_range::NEXT])
            .from(key_range::TABLE)
            .and_where(Expr::col(key_range::TENANT).eq(self.store.tenant))
            .take();
        for row in self.snapshot.query_all(&select).await? {
            free.insert(row.try_get::<i64>("", key_range::TYPE)?, row.try_get::<i64>("", key_range::NEXT)?);
        }
        for (kind, last) in last_keys {
            if free.get(&kind).is_none_or(|free| *free <= last) {
                self.fault(Defect::WrongKeyRange, self.name_of(kind));
            }
        }
        Ok(())
    }

    fn name_of(&self, kind: i64) -> String {
        self.numbers.types.get(&kind).map_or_else(|| format!("type {kind}"), |kind| kind.name.clone())
    }

    /// Looks for the rows of these attributes one by one.
    async fn find_missing(&mut self, values: &BTreeSet<i64>, links: &BTreeSet<i64>) -> Result<(), DbErr> {
        let mut walk = Walk::<ResourceAt>::new(self.store.tenant);
        loop {
            let piece = walk.next(self.snapshot).await?;
            if piece.is_empty() {
                return Ok(());
            }
            let mut wanted = Vec::new();
            for row in &piece {
                let Some(kind) = self.numbers.types.get(&row.kind).cloned() else { continue };
                let place = format!("{} {}", kind.name, row.id);
                for value in rows(self.store, &kind, row).certain {
                    if values.contains(&value.attribute) {
                        wanted.push((value.of(row.key), place.clone()));
                    }
                }
                for (path, id) in references(&kind, &row.document) {
                    if links.contains(&path_number(&kind, &path)) && !self.has_link(path_number(&kind, &path), row.key, &id).await? {
                        self.fault(Defect::MissingLink, format!("{place}, `{path}`"));
                    }
                }
            }
            for piece in wanted.chunks(ROWS) {
                let there = self.present(piece).await?;
                for (row, place) in piece {
                    if !there.contains(&(row.attribute, row.value.clone(), row.slot, row.element, row.key)) {
                        self.fault(Defect::MissingValue, place.clone());
                    }
                }
            }
        }
    }

    async fn present(&self, rows: &[(ValueAt, String)]) -> Result<BTreeSet<(i64, Vec<u8>, i64, i64, i64)>, DbErr> {
        let mut any = Cond::any();
        for (row, _) in rows {
            any = any.add(row.is_here());
        }
        let select = Sql::select()
            .columns(ValueAt::columns())
            .from(value::TABLE)
            .and_where(Expr::col(value::TENANT).eq(self.store.tenant))
            .cond_where(any)
            .take();
        let mut there = BTreeSet::new();
        for row in self.snapshot.query_all(&select).await? {
            let row = ValueAt::read(&row)?;
            there.insert((row.attribute, row.value, row.slot, row.element, row.key));
        }
        Ok(there)
    }

    async fn has_link(&self, attribute: i64, owner: i64, id: &str) -> Result<bool, DbErr> {
        use crate::table::link;
        let select = Sql::select()
            .column(link::OWNER)
            .from(link::TABLE)
            .and_where(Expr::col(link::TENANT).eq(self.store.tenant))
            .and_where(Expr::col(link::ATTRIBUTE).eq(attribute))
            .and_where(Expr::col(link::OWNER).eq(owner))
            .and_where(Expr::col(link::VALUE).eq(bytes(id)))
            .take();
        Ok(self.snapshot.query_one(&select).await?.is_some())
    }
}
