//! What a check is.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::target::Target;

/// How binding the clause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// MUST, SHALL, REQUIRED.
    Must,
    /// SHOULD, RECOMMENDED.
    Should,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The clause holds.
    Pass,
    /// It does not: what was sent, what came, what was expected.
    Fail(String),
    /// It could not be decided, because an earlier step of the conversation failed.
    Blocked(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Pass => "pass   ",
            Verdict::Fail(_) => "FAIL   ",
            Verdict::Blocked(_) => "blocked",
        })
    }
}

/// The conversation of a check.
pub(crate) type Conversation = for<'a> fn(&'a Target) -> Pin<Box<dyn Future<Output = Verdict> + 'a>>;

/// One requirement and how it is decided.
pub(crate) struct Check {
    /// RFC, section and a word or two. It never changes.
    pub(crate) slug: &'static str,
    /// The clause's own level.
    pub(crate) level: Level,
    /// The decisive words of the clause.
    pub(crate) clause: &'static str,
    /// The smallest conversation that decides it.
    pub(crate) conversation: Conversation,
}

impl Check {
    /// Holds the conversation with the target.
    pub(crate) async fn run(&self, target: &Target) -> Verdict {
        (self.conversation)(target).await
    }
}
