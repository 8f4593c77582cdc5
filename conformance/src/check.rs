//! What a check is: one requirement, and the smallest conversation that decides it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::session::Session;
use crate::target::Exchange;

/// How binding a clause is, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// MAY, OPTIONAL; and what the RFC leaves open.
    May,
    /// SHOULD, RECOMMENDED.
    Should,
    /// MUST, SHALL, REQUIRED; and plain statements of what the protocol is.
    Must,
}

impl Level {
    /// The word of RFC 2119.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::May => "MAY",
            Level::Should => "SHOULD",
            Level::Must => "MUST",
        }
    }
}

/// What a server must support for a check to apply. A check that needs what the server does not have is skipped with the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `patch.supported`.
    Patch,
    /// `bulk.supported`.
    Bulk,
    /// `filter.supported`.
    Filter,
    /// `sort.supported`.
    Sort,
    /// `etag.supported`.
    Etag,
    /// `changePassword.supported`.
    ChangePassword,
    /// `pagination.cursor` (RFC 9865).
    Cursor,
    /// `pagination.index`, which is assumed where the server does not say.
    IndexPaging,
    /// A resource type of that name.
    Type(&'static str),
    /// A resource type that has the extension of that URN.
    Extension(&'static str),
    /// `/Me`, which the server has if it does not answer 404 or 501.
    Me,
    /// A token of another tenant, given with `--second-token-env`.
    SecondToken,
    /// A token that may only read, given with `--read-only-token-env`.
    ReadOnlyToken,
    /// The person has asked for probes of limits (`--limits`).
    Limits,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Need::Patch => "patch.supported",
            Need::Bulk => "bulk.supported",
            Need::Filter => "filter.supported",
            Need::Sort => "sort.supported",
            Need::Etag => "etag.supported",
            Need::ChangePassword => "changePassword.supported",
            Need::Cursor => "pagination.cursor",
            Need::IndexPaging => "pagination.index",
            Need::Type(name) => return write!(f, "the resource type {name}"),
            Need::Extension(urn) => return write!(f, "the extension {urn}"),
            Need::Me => "/Me",
            Need::SecondToken => "a token of another tenant",
            Need::ReadOnlyToken => "a token that may only read",
            Need::Limits => "--limits",
        })
    }
}

/// Why a conversation ended before its end.
#[derive(Debug, Clone)]
pub enum Stop {
    /// The requirement does not hold.
    Failed(Box<Finding>),
    /// A step before the one that decides went wrong: the requirement could not be judged.
    Blocked(Box<Finding>),
    /// It does not apply to this server, for this reason.
    Skipped(String),
}

/// What a step of a conversation gives: `?` ends the conversation with the right verdict.
pub type Outcome<T = ()> = Result<T, Stop>;

/// A deviation: what came, what was expected, and the exchange that shows it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What the clause leads one to expect.
    pub expected: String,
    /// What came instead.
    pub came: String,
    /// The exchange that shows it.
    pub exchange: Option<Arc<Exchange>>,
    /// The RFC can be read so that this is allowed, or another clause allows it: it counts as SHOULD, whatever the level of the check.
    pub warning: bool,
}

impl Stop {
    /// A failure without an exchange.
    pub fn failed(expected: impl Into<String>, came: impl Into<String>) -> Self {
        Stop::Failed(Box::new(Finding { expected: expected.into(), came: came.into(), exchange: None, warning: false }))
    }

    /// The same, but not the server's fault in what is being judged: a failed set-up step.
    #[must_use]
    pub fn blocked(self) -> Self {
        match self {
            Stop::Failed(finding) => Stop::Blocked(finding),
            other => other,
        }
    }
}

/// Turns the failure of a step into another verdict.
pub trait Judged {
    /// A failure of this step is no failure of the requirement: it blocks the check.
    #[must_use]
    fn or_blocked(self) -> Self;

    /// A failure of this step is a warning: it counts as SHOULD, because the text leaves some room.
    #[must_use]
    fn or_warning(self) -> Self;
}

impl<T> Judged for Outcome<T> {
    fn or_blocked(self) -> Self {
        self.map_err(Stop::blocked)
    }

    fn or_warning(self) -> Self {
        self.map_err(|stop| match stop {
            Stop::Failed(finding) => Stop::Failed(Box::new(Finding { warning: true, ..*finding })),
            other => other,
        })
    }
}

type Conversation = Arc<dyn Fn(Session) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// When a check runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// With the others.
    Any,
    /// After the others, because it judges every exchange of the run: see [`Session::earlier`].
    Last,
}

/// One requirement and how it is decided.
#[derive(Clone)]
pub struct Check {
    /// RFC, section and some words, e.g. `7644-3.5.2.2-remove-without-path`. It never changes.
    pub id: &'static str,
    /// The clause's own level.
    pub level: Level,
    /// The decisive words of the clause.
    pub clause: &'static str,
    /// What goes wrong for clients of a server that does otherwise.
    pub why: &'static str,
    /// The rows of `requirements.tsv` that it holds.
    pub rows: &'static [&'static str],
    /// What the server must support for it to apply.
    pub needs: &'static [Need],
    /// Whether the RFC leaves open what it looks at: it notes what the server does.
    pub records: bool,
    /// When it runs.
    pub turn: Turn,
    /// The vendor whose clients it stands for: it runs only if that profile is asked for.
    pub profile: Option<&'static str>,
    conversation: Conversation,
}

/// A check of a clause that says MUST, SHALL or REQUIRED, or plainly says how the protocol is.
pub fn must(id: &'static str, clause: &'static str) -> Check {
    Check::new(Level::Must, id, clause)
}

/// A check of a clause that says SHOULD or RECOMMENDED.
pub fn should(id: &'static str, clause: &'static str) -> Check {
    Check::new(Level::Should, id, clause)
}

/// A check of a clause that says MAY or OPTIONAL: a server that makes use of it does it like this.
pub fn may(id: &'static str, clause: &'static str) -> Check {
    Check::new(Level::May, id, clause)
}

/// A check of what the RFC leaves open: its conversation notes what the server does (see [`Session::note`]).
pub fn records(id: &'static str, clause: &'static str) -> Check {
    Check { records: true, ..Check::new(Level::May, id, clause) }
}

impl Check {
    fn new(level: Level, id: &'static str, clause: &'static str) -> Self {
        let conversation: Conversation = Arc::new(|_| Box::pin(async { Err(Stop::Skipped("the check has no conversation".into())) }));
        Self { id, level, clause, why: "", rows: &[], needs: &[], records: false, turn: Turn::Any, profile: None, conversation }
    }

    /// What goes wrong for clients of a server that does otherwise.
    #[must_use]
    pub fn why(self, why: &'static str) -> Self {
        Self { why, ..self }
    }

    /// The rows of `requirements.tsv` that it holds.
    #[must_use]
    pub fn rows(self, rows: &'static [&'static str]) -> Self {
        Self { rows, ..self }
    }

    /// What the server must support for it to apply.
    #[must_use]
    pub fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// It judges all exchanges of the run, after the other checks.
    #[must_use]
    pub fn at_the_end(self) -> Self {
        Self { turn: Turn::Last, ..self }
    }

    /// It stands for the clients of that vendor.
    pub(crate) fn of_profile(self, profile: &'static str) -> Self {
        Self { profile: Some(profile), ..self }
    }

    /// The conversation that decides it.
    #[must_use]
    pub fn talk<F>(self, conversation: impl Fn(Session) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self { conversation: Arc::new(move |session| Box::pin(conversation(session))), ..self }
    }

    /// Holds the conversation.
    pub(crate) async fn hold(&self, session: Session) -> Outcome {
        (self.conversation)(session).await
    }

    /// Where the clause stands, e.g. `RFC 7644 §3.5.2.2`; for a check beyond the RFCs its group, e.g. `beyond`.
    #[must_use]
    pub fn section(&self) -> String {
        let mut parts = self.id.splitn(3, '-');
        match (parts.next(), parts.next()) {
            (Some(rfc), Some(section)) if rfc.len() == 4 && rfc.bytes().all(|byte| byte.is_ascii_digit()) => {
                format!("RFC {rfc} §{section}")
            }
            (group, _) => group.unwrap_or_default().to_owned(),
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("id", &self.id).field("level", &self.level).finish_non_exhaustive()
    }
}

/// What became of a check, or of one of its rows.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The clause holds.
    Passed,
    /// The RFC leaves it open: the notes say what the server does.
    Recorded,
    /// It does not hold.
    Failed(Finding),
    /// It could not be decided.
    Blocked(Finding),
    /// It does not apply, for this reason.
    Skipped(String),
}

impl Verdict {
    /// One word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Recorded => "recorded",
            Verdict::Failed(_) => "failed",
            Verdict::Blocked(_) => "blocked",
            Verdict::Skipped(_) => "skipped",
        }
    }

    /// What was found, if it was not well.
    #[must_use]
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Verdict::Failed(finding) | Verdict::Blocked(finding) => Some(finding),
            _ => None,
        }
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => Verdict::Passed,
            Err(Stop::Failed(finding)) => Verdict::Failed(*finding),
            Err(Stop::Blocked(finding)) => Verdict::Blocked(*finding),
            Err(Stop::Skipped(reason)) => Verdict::Skipped(reason),
        }
    }
}
