//! What a check talks through: one conversation with the server.

mod answer;
mod ask;
mod resource;
mod writing;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::task::JoinSet;

pub use answer::{Answer, Kind, List};
pub use ask::Ask;
pub use resource::Resource;
pub(crate) use resource::path as resource_path;

use crate::check::{Finding, Judged, Outcome, Stop, Verdict};
use crate::model::{Amount, Attribute, Found, Model, ResourceType};
use crate::target::{Created, Credential, Exchange, Target};

/// The conversation of one check. It is cheap to clone: every clone is the same conversation.
#[derive(Clone)]
pub struct Session {
    inner: Arc<Inner>,
}

struct Inner {
    target: Arc<Target>,
    model: Arc<Model>,
    earlier: Vec<Arc<Exchange>>,
    log: Mutex<Log>,
}

/// What a conversation leaves.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) exchanges: Vec<Arc<Exchange>>,
    pub(crate) notes: Vec<String>,
    pub(crate) rows: Vec<(&'static str, Verdict)>,
    created: Vec<Created>,
}

impl Session {
    /// A new conversation; `earlier` are the exchanges of the checks that ran before.
    pub(crate) fn new(target: Arc<Target>, model: Arc<Model>, earlier: Vec<Arc<Exchange>>) -> Self {
        Self { inner: Arc::new(Inner { target, model, earlier, log: Mutex::default() }) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.inner.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server.
    pub(crate) fn target(&self) -> &Target {
        &self.inner.target
    }

    /// What the server says of itself.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.inner.model
    }

    /// The base URL, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.target().base()
    }

    // ---- Types and attributes -------------------------------------------------------------------------------------------------

    /// The resource type of that name; a server without it skips the check.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if there is none.
    pub fn kind(&self, name: &str) -> Outcome<Arc<ResourceType>> {
        self.model().kind(name).cloned().ok_or_else(|| Stop::Skipped(format!("/ResourceTypes has no {name}")))
    }

    /// A resource type that clients can create: User if there is one, else the first.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if there is none at all.
    pub fn any_type(&self) -> Outcome<Arc<ResourceType>> {
        self.model().first_type().cloned().ok_or_else(|| Stop::Skipped("/ResourceTypes lists no type".into()))
    }

    /// The first type that has an attribute for which that holds, and the attribute; User is asked first. `what` names it in the reason of
    /// the skip, e.g. "an immutable attribute".
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has one.
    pub fn find(&self, what: &str, holds: impl Fn(&Attribute) -> bool) -> Outcome<(Arc<ResourceType>, Found)> {
        let first = self.model().first_type().into_iter();
        let found = first.chain(&self.model().types).find_map(|kind| Some((kind.clone(), kind.find(&holds)?)));
        found.ok_or_else(|| Stop::Skipped(format!("no schema of the server has {what}")))
    }

    /// An attribute of that type for which that holds.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if it has none.
    pub fn find_in(&self, kind: &ResourceType, what: &str, holds: impl Fn(&Attribute) -> bool) -> Outcome<Found> {
        kind.find(holds).ok_or_else(|| Stop::Skipped(format!("the schemas of {} have not {what}", kind.name)))
    }

    /// A type with a free text of one value, such as `displayName`: readWrite, returned by default, neither required nor unique.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has one.
    pub fn free_text(&self) -> Outcome<(Arc<ResourceType>, Found)> {
        self.find("a free text of one value", Attribute::is_free_text)
    }

    /// Two free texts of one type, such as `displayName` and `nickName`.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has two.
    pub fn two_free_texts(&self) -> Outcome<(Arc<ResourceType>, Found, Found)> {
        let (kind, first) = self.free_text()?;
        let second = kind.attributes().filter(|found| found.attribute.is_free_text()).nth(1);
        let second = second.ok_or_else(|| Stop::Skipped(format!("{} has only one free text", kind.name)))?;
        Ok((kind, first, second))
    }

    /// A type with a complex attribute of several values that have `value` and `type`, such as `emails`.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has one.
    pub fn plural_complex(&self) -> Outcome<(Arc<ResourceType>, Found)> {
        self.find("a complex attribute of several values with value and type", Attribute::is_plural_complex)
    }

    /// A type with a complex attribute of one value with two free texts, such as `name`, and these two sub-attributes.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if no type has one.
    pub fn singular_complex(&self) -> Outcome<(Arc<ResourceType>, Found, String, String)> {
        let (kind, found) = self.find("a complex attribute of one value with two texts", Attribute::is_singular_complex)?;
        // A server may derive `formatted` from the others.
        let mut texts = found.attribute.sub_attributes.iter().filter(|sub| sub.is_free_text()).map(|sub| sub.name.clone());
        let named: Vec<String> = texts.by_ref().collect();
        let mut parts = named.iter().filter(|name| *name != "formatted").chain(named.iter().filter(|name| *name == "formatted")).cloned();
        match (parts.next(), parts.next()) {
            (Some(first), Some(second)) => Ok((kind, found, first, second)),
            _ => Err(Stop::Skipped("no complex attribute has two texts".into())),
        }
    }

    /// So many elements of a complex attribute of several values, each with a `value` of its own and with another `type`.
    ///
    /// # Errors
    /// [`Stop::Skipped`] if the schema suggests fewer types or values than that.
    pub fn elements(&self, plural: &Found, count: usize) -> Outcome<Vec<Value>> {
        let suggested = |name| plural.attribute.sub(name).map(|sub| sub.canonical_values.clone()).unwrap_or_default();
        let (types, values) = (suggested("type"), suggested("value"));
        let types = if types.is_empty() { ["work", "home", "other", "spare"].map(ToOwned::to_owned).to_vec() } else { types };
        if types.len() < count || (!values.is_empty() && values.len() < count) {
            return Err(Stop::Skipped(format!("`{}` has not {count} types and values", plural.attribute.name)));
        }
        let element = |(index, kind): (usize, String)| {
            let value = match plural.attribute.name.as_str() {
                _ if !values.is_empty() => values[index].clone(),
                "emails" => format!("{}@example.com", self.mark()),
                "phoneNumbers" => format!("tel:+1-201-555-01{index:02}"),
                _ => self.mark(),
            };
            serde_json::json!({ "value": value, "type": kind })
        };
        Ok(types.into_iter().take(count).enumerate().map(element).collect())
    }

    // ---- Making resources -----------------------------------------------------------------------------------------------------

    /// A text that nothing else on the server has; it begins with the mark of this run.
    #[must_use]
    pub fn mark(&self) -> String {
        self.target().next_mark()
    }

    /// A valid resource with what its schemas require, and these members besides. A member that is null is left out of it.
    #[must_use]
    pub fn valid(&self, kind: &ResourceType, extra: Value) -> Value {
        merged(self.model().make(kind, Amount::Required, &self.mark()), extra)
    }

    /// A valid resource with every attribute that can be made up, and these members besides.
    #[must_use]
    pub fn full(&self, kind: &ResourceType, extra: Value) -> Value {
        merged(self.model().make(kind, Amount::Everything, &self.mark()), extra)
    }

    /// Set-up: a new resource with what its schemas require, and these members besides.
    ///
    /// # Errors
    /// [`Stop::Blocked`] if it is not created.
    pub async fn create(&self, kind: &Arc<ResourceType>, extra: Value) -> Outcome<Resource> {
        self.create_from(kind, self.valid(kind, extra)).await
    }

    /// Set-up: a new resource from that body.
    ///
    /// # Errors
    /// [`Stop::Blocked`] if it is not created.
    pub async fn create_from(&self, kind: &Arc<ResourceType>, body: Value) -> Outcome<Resource> {
        let answer = self.post(&kind.endpoint, body).await.or_blocked()?;
        answer.expect_status(&[201]).or_blocked()?;
        Resource::of(kind, &answer).or_blocked()
    }

    /// Set-up: a new user with these members besides what is required.
    ///
    /// # Errors
    /// [`Stop::Skipped`] without a type User, [`Stop::Blocked`] if it is not created.
    pub async fn user(&self, extra: Value) -> Outcome<Resource> {
        self.create(&self.kind("User")?, extra).await
    }

    /// Set-up: a new group with these members besides what is required.
    ///
    /// # Errors
    /// [`Stop::Skipped`] without a type Group, [`Stop::Blocked`] if it is not created.
    pub async fn group(&self, extra: Value) -> Outcome<Resource> {
        self.create(&self.kind("Group")?, extra).await
    }

    // ---- Talking --------------------------------------------------------------------------------------------------------------

    /// A request of any kind, to be completed and sent. The path stands below the base URL.
    pub fn ask(&self, method: &str, path: impl Into<String>) -> Ask {
        Ask::new(self.clone(), method, path.into())
    }

    /// GET of a path that may have a query already.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn get(&self, path: impl Into<String>) -> Outcome<Answer> {
        self.ask("GET", path).send().await
    }

    /// GET of a path with these query parameters, which are percent-encoded here.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn query(&self, path: impl Into<String>, parameters: &[(&str, &str)]) -> Outcome<Answer> {
        let ask = parameters.iter().fold(self.ask("GET", path), |ask, (name, value)| ask.query(name, value));
        ask.send().await
    }

    /// POST of that body.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn post(&self, path: impl Into<String>, body: Value) -> Outcome<Answer> {
        self.ask("POST", path).json(body).send().await
    }

    /// GET of a resource.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn read(&self, resource: &Resource) -> Outcome<Answer> {
        self.get(&resource.path).await
    }

    /// Set-up: the resource as the server has it now.
    ///
    /// # Errors
    /// [`Stop::Blocked`] if it cannot be read.
    pub async fn current(&self, resource: &Resource) -> Outcome<Answer> {
        let answer = self.read(resource).await.or_blocked()?;
        answer.expect_status(&[200]).or_blocked()?;
        answer.expect_json().or_blocked()?;
        Ok(answer)
    }

    /// PUT of that body to a resource.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn put(&self, resource: &Resource, body: Value) -> Outcome<Answer> {
        self.ask("PUT", &resource.path).json(body).send().await
    }

    /// PATCH of a resource with an array of operations.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes, [`Stop::Skipped`] if the server has no PATCH and does not say that it has.
    pub async fn patch(&self, resource: &Resource, operations: Value) -> Outcome<Answer> {
        self.if_there("patch", &[405, 501], self.ask("PATCH", &resource.path).patch(operations).send().await?)
    }

    /// Set-up: a PATCH that succeeds.
    ///
    /// # Errors
    /// [`Stop::Blocked`] if it does not.
    pub async fn patched(&self, resource: &Resource, operations: Value) -> Outcome<Answer> {
        let answer = self.patch(resource, operations).await.or_blocked()?;
        answer.expect_success().or_blocked()?;
        Ok(answer)
    }

    /// DELETE of a resource.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn delete(&self, resource: &Resource) -> Outcome<Answer> {
        self.ask("DELETE", &resource.path).send().await
    }

    /// POST to `.search` below that path; `message` are the members of the SearchRequest besides `schemas`.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes.
    pub async fn search(&self, path: &str, message: Value) -> Outcome<Answer> {
        let schemas = serde_json::json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
        self.post(format!("{path}/.search"), merged(schemas, message)).await
    }

    /// POST of an array of operations to `/Bulk`.
    ///
    /// # Errors
    /// [`Stop::Failed`] if no answer comes, [`Stop::Skipped`] if the server has no `/Bulk` and does not say that it has.
    pub async fn bulk(&self, operations: Value) -> Outcome<Answer> {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"];
        let answer = self.post("/Bulk", serde_json::json!({ "schemas": schemas, "Operations": operations })).await?;
        self.if_there("bulk", &[404, 405, 501], answer)
    }

    /// Sends all of these at the same time, and gives their answers in order.
    ///
    /// # Errors
    /// [`Stop::Failed`] if one of them gets no answer.
    pub async fn at_once(&self, asks: Vec<Ask>) -> Outcome<Vec<Answer>> {
        // If the conversation is dropped, so are these: nothing is created after an interrupted run was cleaned up.
        let mut running = JoinSet::new();
        for (number, ask) in asks.into_iter().enumerate() {
            running.spawn(async move { (number, ask.send().await) });
        }
        let mut answers = running.join_all().await;
        answers.sort_by_key(|(number, _)| *number);
        answers.into_iter().map(|(_, answer)| answer).collect()
    }

    // ---- Judging --------------------------------------------------------------------------------------------------------------

    /// Notes what the server does where the RFC leaves it open.
    pub fn note(&self, note: impl Into<String>) {
        self.log().notes.push(note.into());
    }

    /// The verdict for one row of a table; the conversation goes on whatever it is. The rows that a check names and does not report like
    /// this share the verdict of the check.
    pub fn row(&self, row: &'static str, outcome: Outcome) {
        self.log().rows.push((row, outcome.into()));
    }

    /// Fails unless that holds; `expected` and `came` are sentences for the report. Where an answer decides, its own `expect_…` say more.
    ///
    /// # Errors
    /// [`Stop::Failed`] unless it holds.
    pub fn expect(&self, holds: bool, expected: impl Into<String>, came: impl Into<String>) -> Outcome {
        if holds {
            return Ok(());
        }
        let exchange = self.log().exchanges.last().cloned();
        Err(Stop::Failed(Box::new(Finding { expected: expected.into(), came: came.into(), exchange, warning: false })))
    }

    /// The exchanges of all checks that ran before: for checks that run at the end.
    #[must_use]
    pub fn earlier(&self) -> &[Arc<Exchange>] {
        &self.inner.earlier
    }

    // ---- The end --------------------------------------------------------------------------------------------------------------

    pub(crate) fn record(&self, exchange: Arc<Exchange>) {
        self.log().exchanges.push(exchange);
    }

    pub(crate) fn note_created(&self, created: Created) {
        self.target().note_created(created.clone());
        self.log().created.push(created);
    }

    pub(crate) fn note_removed(&self, path: &str) {
        self.target().note_removed(path);
        self.log().created.retain(|created| created.path != path);
    }

    /// Removes what the conversation has created and gives what it leaves. Removing is no part of the conversation.
    pub(crate) async fn end(&self) -> Log {
        let created = std::mem::take(&mut self.log().created);
        for created in created.iter().rev() {
            crate::run::remove(self.target(), created).await;
        }
        std::mem::take(&mut *self.log())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("target", &self.inner.target).finish_non_exhaustive()
    }
}

/// The credential for [`Ask::credential`], where a check reads better with a short name.
pub type As = Credential;

/// The members of one object over those of another; null leaves a member out.
fn merged(mut base: Value, extra: Value) -> Value {
    if let (Some(base), Value::Object(extra)) = (base.as_object_mut(), extra) {
        for (name, value) in extra {
            if value.is_null() {
                base.shift_remove(&name);
            } else {
                base.insert(name, value);
            }
        }
    }
    base
}
