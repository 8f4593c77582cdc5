//! Requests as the service sends them: paced, tried again with back-off, all waiting when the server asks for a pause.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::Interval;

use super::figures::Figures;
use crate::target::{Request, Target};

/// How often a request is sent before its object is put off.
const TRIES: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The longest pause that a server may ask for with `Retry-After`.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// An answer that settles the request.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The body; null if it is no JSON.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The failure that this answer is.
    pub(super) fn refused(&self, request: &str) -> Failure {
        let detail = self.body["detail"].as_str().unwrap_or_default();
        let detail: String = detail.chars().filter(|c| !c.is_control()).take(300).collect();
        Failure(format!("{request}: {}{}{detail}", self.status, if detail.is_empty() { "" } else { " " }))
    }
}

/// Why a request was not settled this time.
#[derive(Debug, Clone)]
pub(super) struct Missed {
    reason: String,
    asked_for: Option<Duration>,
}

/// Why an object could not be provisioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure(pub(super) String);

/// The client of one run.
#[derive(Debug)]
pub(super) struct Client<'a> {
    target: &'a Target,
    pace: Option<tokio::sync::Mutex<Interval>>,
    pause_until: Mutex<Option<Instant>>,
    halted: OnceLock<String>,
    figures: Mutex<Figures>,
}

impl<'a> Client<'a> {
    /// A client that sends no more than so many requests a second.
    pub(super) fn new(target: &'a Target, rate: Option<u32>) -> Self {
        let pace = rate.map(|rate| {
            let mut interval = tokio::time::interval(Duration::from_secs(1) / rate.max(1));
            interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            tokio::sync::Mutex::new(interval)
        });
        Self { target, pace, pause_until: Mutex::default(), halted: OnceLock::new(), figures: Mutex::default() }
    }

    pub(super) fn target(&self) -> &'a Target {
        self.target
    }

    /// Why nothing is sent any more, if so: the credential is bad, or the time is over.
    pub(super) fn halted(&self) -> Option<&str> {
        self.halted.get().map(String::as_str)
    }

    pub(super) fn figures(&self) -> Figures {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A part of the run is over.
    pub(super) fn end_stretch(&self, name: String, took: Duration) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).end_stretch(name, took);
    }

    /// Sends a request until it is settled.
    pub(super) async fn ask(&self, kind: &'static str, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        let mut tries = 0;
        loop {
            match self.once(kind, method, path, body).await {
                Ok(reply) => return Ok(reply),
                Err(missed) => self.wait(kind, &mut tries, missed).await?,
            }
        }
    }

    /// Sends a request one time. What is not settled may have had its effect all the same.
    pub(super) async fn once(&self, kind: &'static str, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, Missed> {
        self.take_turn().await;
        if let Some(reason) = self.halted() {
            return Err(Missed { reason: reason.to_owned(), asked_for: None });
        }
        let mut headers = vec![("Accept".to_owned(), "application/scim+json".to_owned())];
        if body.is_some() {
            headers.push(("Content-Type".into(), "application/scim+json; charset=utf-8".into()));
        }
        let body = body.map(|body| body.to_string().into_bytes());
        let started = Instant::now();
        let answer = match self.target.send_once(Request { method: method.into(), url: path.into(), headers, body }).await {
            Ok(answer) => answer,
            Err(reason) => {
                if self.target.is_over() {
                    let _ = self.halted.set(crate::target::TIME_IS_OVER.into());
                }
                return Err(Missed { reason, asked_for: None });
            }
        };
        if matches!(answer.status, 408 | 425 | 429 | 500 | 502 | 503 | 504) {
            let asked_for = answer.header("retry-after").and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
            return Err(Missed { reason: answer.status.to_string(), asked_for });
        }
        if matches!(answer.status, 401 | 403) {
            let _ = self
                .halted
                .set(format!("the server answers {} to {method} {kind}: the credential is not accepted any more", answer.status));
        }
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).answered(kind, started.elapsed());
        Ok(Reply { status: answer.status, body: serde_json::from_slice(&answer.body).unwrap_or_default() })
    }

    /// Waits before the next try: longer each time, or as long as the server asks for, and then everybody waits.
    pub(super) async fn wait(&self, kind: &str, tries: &mut u32, missed: Missed) -> Result<(), Failure> {
        if self.halted().is_some() {
            return Err(Failure(format!("{kind}: {}", missed.reason)));
        }
        *tries += 1;
        if *tries >= TRIES {
            return Err(Failure(format!("{kind}: {} after {TRIES} tries", missed.reason)));
        }
        // The reason of a lost connection is long, and different each time.
        let is_status = missed.reason.len() == 3 && missed.reason.bytes().all(|byte| byte.is_ascii_digit());
        let word = if is_status { missed.reason } else { "no answer".to_owned() };
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).again(word);
        match missed.asked_for {
            Some(pause) => {
                let until = Instant::now() + pause.min(LONGEST_PAUSE);
                let mut known = self.pause_until.lock().unwrap_or_else(PoisonError::into_inner);
                *known = Some(known.map_or(until, |known| known.max(until)));
            }
            None => {
                let wait = (FIRST_WAIT * 2_u32.saturating_pow(*tries - 1)).min(LONGEST_WAIT);
                // Not all at the same moment: the server has just come back.
                tokio::time::sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            }
        }
        Ok(())
    }

    /// Waits for the end of a pause, and for this request's place in the rate.
    async fn take_turn(&self) {
        if let Some(pace) = &self.pace {
            pace.lock().await.tick().await;
        }
        loop {
            let until = *self.pause_until.lock().unwrap_or_else(PoisonError::into_inner);
            match until.map(|until| until.saturating_duration_since(Instant::now())) {
                Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                _ => return,
            }
        }
    }
}
