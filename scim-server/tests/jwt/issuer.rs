//! Tokens issued here.

use std::time::Duration;

use scim_server::jwt::{IssuerError, JwtAuthenticator, TokenIssuer};
use scim_server::{Access, Authenticate, Rights, TenantId};

use crate::{AUDIENCE, ISSUER};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

#[test]
fn a_token_lives_one_to_six_hours_and_its_secret_is_long() {
    let hour = Duration::from_secs(3600);
    for (secret, life, fits) in [
        (SECRET, hour, true),
        (SECRET, 6 * hour, true),
        (SECRET, hour - Duration::from_secs(1), false),
        (SECRET, 6 * hour + Duration::from_secs(1), false),
        (&SECRET[1..], hour, false),
        (b"", hour, false),
    ] {
        assert_eq!(TokenIssuer::new(ISSUER, AUDIENCE, secret, life).is_ok(), fits, "{} bytes, {life:?}", secret.len());
    }
    assert!(matches!(TokenIssuer::new(ISSUER, AUDIENCE, b"short", hour), Err(IssuerError::ShortSecret)));
}

#[tokio::test]
async fn a_token_lets_in_its_subject_with_its_scopes_and_nobody_else() {
    let issuer = TokenIssuer::new(ISSUER, AUDIENCE, SECRET, Duration::from_secs(7200)).expect("a secret");
    let trust = |tenant, subject| {
        issuer
            .trust(TenantId::new(tenant), subject)
            .with_scope("scim.read", Rights::read_only())
            .with_scope("users", Rights::none().with(Access::Write, "User"))
            .with_scope("users", Rights::none().with(Access::Read, "Device"))
    };
    let authenticator = JwtAuthenticator::new(vec![trust("acme", "client-1"), trust("other", "client-2")]);
    let issued = issuer.issue("client-1", &["scim.read", "users", "unknown"]).expect("it can be signed");
    assert_eq!(issued.expires_in, Duration::from_secs(7200));
    let caller = authenticator.authenticate(&issued.token).await.expect("no error").expect("it was issued here");
    assert_eq!(caller.tenant, TenantId::new("acme"));
    assert_eq!(
        caller.rights,
        Rights::read_only().with(Access::Write, "User").with(Access::Read, "Device"),
        "each gives what it was said to"
    );
    assert_eq!(caller.profile, scim_server::Profile::RFC);
    let unknown = issuer.issue("client-3", &["scim.read"]).expect("it can be signed");
    assert!(authenticator.authenticate(&unknown.token).await.expect("no error").is_none(), "no trust knows the client any more");
    let again = issuer.issue("client-1", &["scim.read", "users", "unknown"]).expect("it can be signed");
    assert_ne!(issued.token, again.token, "each has an id of its own");
}

#[test]
fn neither_a_secret_nor_a_token_is_shown() {
    let issuer = TokenIssuer::new(ISSUER, AUDIENCE, SECRET, Duration::from_secs(3600)).expect("a secret");
    let issued = issuer.issue("client-1", &[]).expect("it can be signed");
    let trust = issuer.trust(TenantId::new("acme"), "client-1");
    let shown = format!("{issuer:?} {issued:?} {trust:?} {:?}", JwtAuthenticator::new(vec![trust.clone()]));
    assert!(!shown.contains("0123456789") && !shown.contains(&issued.token) && !shown.contains("[48, 49"), "{shown}");
}
