//! The public keys of an issuer (RFC 7517 §5), cached.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::SigningAlgorithm;
use crate::json::parse_object;
use crate::{Boxed, Error, Result};

/// Two retrievals are at least so far apart, whatever is asked for (T23).
const PAUSE: Duration = Duration::from_secs(60);

/// After so long the set is retrieved again although it knows the key: keys that were taken back must go.
const FRESH: Duration = Duration::from_secs(60 * 60);

/// A source that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// More keys than this no issuer has.
const MOST: usize = 100;

/// The port through which a key set is retrieved.
pub trait KeySource: Send + Sync + 'static {
    /// The document, as JSON (RFC 7517 §5). After ten seconds nobody waits for it any more.
    ///
    /// # Errors
    /// Fails if it cannot be had at the moment.
    fn retrieve(&self) -> Boxed<'_, Result<Vec<u8>, Box<dyn StdError + Send + Sync>>>;
}

type Keys = HashMap<(String, SigningAlgorithm), Arc<DecodingKey>>;

/// The keys of an issuer. Clones share one cache: make one set per issuer and keep it.
///
/// The set is retrieved when the first key is asked for, then hourly, and when a key is asked for that it does not know; never
/// more than once a minute. While the source is away, the keys that were known stay valid.
#[derive(Clone)]
pub struct KeySet {
    shared: Arc<Shared>,
}

struct Shared {
    source: Box<dyn KeySource>,
    /// What was retrieved last, and when.
    known: RwLock<Option<(Instant, Arc<Keys>)>>,
    /// When the last retrieval began. Whoever holds it retrieves.
    tried: Mutex<Option<Instant>>,
}

impl KeySet {
    /// The key set of that source. Nothing is retrieved yet.
    pub fn new(source: impl KeySource) -> Self {
        Self { shared: Arc::new(Shared { source: Box::new(source), known: RwLock::new(None), tried: Mutex::new(None) }) }
    }

    /// The key of exactly that id, for that algorithm.
    ///
    /// # Errors
    /// 503 if the set has never been retrieved and cannot be now.
    pub(super) async fn key(&self, id: &str, algorithm: SigningAlgorithm) -> Result<Option<Arc<DecodingKey>>> {
        let wanted = (id.to_owned(), algorithm);
        match self.known(&wanted) {
            (Some(found), true) => return Ok(Some(found)),
            // Who knows the key waits for nobody.
            (Some(found), false) => {
                if self.shared.tried.try_lock().is_ok_and(|tried| is_due(*tried)) {
                    self.retrieval();
                }
                return Ok(Some(found));
            }
            (None, _) => {
                if let Err(error) = self.retrieval().await {
                    tracing::error!(%error, "retrieving a key set failed");
                }
            }
        }
        let retrieved = self.shared.known.read().is_ok_and(|known| known.is_some());
        if !retrieved {
            return Err(Error::unavailable("the key set of an issuer has not been retrieved yet"));
        }
        Ok(self.known(&wanted).0)
    }

    /// The key, if it is known, and whether what is known is fresh.
    fn known(&self, wanted: &(String, SigningAlgorithm)) -> (Option<Arc<DecodingKey>>, bool) {
        let Ok(known) = self.shared.known.read() else { return (None, false) };
        let Some((at, keys)) = &*known else { return (None, false) };
        (keys.get(wanted).cloned(), at.elapsed() < FRESH)
    }

    /// Retrieves the set, unless somebody did a moment ago. It goes on if the request that wanted it ends meanwhile.
    fn retrieval(&self) -> JoinHandle<()> {
        let shared = self.shared.clone();
        tokio::spawn(async move {
            let mut tried = shared.tried.lock().await;
            if !is_due(*tried) {
                return;
            }
            *tried = Some(Instant::now());
            let document = timeout(PATIENCE, shared.source.retrieve()).await.unwrap_or_else(|_| Err("it took too long".into()));
            let keys = document.and_then(|document| read(&document));
            match keys {
                Ok(keys) => {
                    if let Ok(mut known) = shared.known.write() {
                        *known = Some((Instant::now(), Arc::new(keys)));
                    }
                }
                Err(error) => tracing::warn!(%error, "the key set of an issuer could not be retrieved: the keys known before stay valid"),
            }
        })
    }
}

/// Whether a retrieval may begin, if the last one began then.
fn is_due(tried: Option<Instant>) -> bool {
    tried.is_none_or(|at| at.elapsed() >= PAUSE)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet").finish_non_exhaustive()
    }
}

/// The keys of a document that can sign a token here. Others are left out: a set may hold keys for other purposes.
fn read(document: &[u8]) -> Result<Keys, Box<dyn StdError + Send + Sync>> {
    let mut document = parse_object(document)?;
    let Some(Value::Array(list)) = document.shift_remove("keys") else { return Err("the document has no list `keys`".into()) };
    let mut keys = Keys::new();
    for entry in list.into_iter().take(MOST) {
        let Ok(key) = serde_json::from_value::<Jwk>(entry) else { continue };
        let Some(algorithm) = algorithm(&key) else { continue };
        let (Some(id), Ok(decoding)) = (&key.common.key_id, DecodingKey::from_jwk(&key)) else { continue };
        keys.insert((id.clone(), algorithm), Arc::new(decoding));
    }
    Ok(keys)
}

/// What the key signs with here, if it is a public key for signatures.
fn algorithm(key: &Jwk) -> Option<SigningAlgorithm> {
    if key.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature)
        || key.common.key_operations.as_ref().is_some_and(|operations| !operations.contains(&KeyOperations::Verify))
    {
        return None;
    }
    let (algorithm, named) = match &key.algorithm {
        AlgorithmParameters::RSA(_) => (SigningAlgorithm::Rs256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => (SigningAlgorithm::Es256, KeyAlgorithm::ES256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => (SigningAlgorithm::EdDsa, KeyAlgorithm::EdDSA),
        _ => return None,
    };
    key.common.key_algorithm.is_none_or(|declared| declared == named).then_some(algorithm)
}
