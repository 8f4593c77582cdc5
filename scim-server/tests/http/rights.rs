//! A valid credential does what its rights allow and nothing else (T05; RFC 7644 §2).

use poem::http::Method;
use poem::{Body, Request};
use scim_server::http::{endpoint, routes};
use scim_server::{Access, Authenticators, Caller, MemoryStores, Profile, Registry, Rights, ScimServer, StaticTokens, TenantId};
use serde_json::json;

use crate::exchange::{Answer, Server, TOKEN};
use crate::{GROUP, assert_error, create, everything, patch, user};

/// What each credential may do: read users, write users, read groups, write groups.
type Allowed = [bool; 4];

/// Every kind of credential: the name of its token, its rights, and what they come to.
fn kinds() -> Vec<(&'static str, Rights, Allowed)> {
    let users_and_groups = Rights::none().with(Access::Read, "User").and(&Rights::none().with(Access::Write, "Group"));
    vec![
        ("everything", Rights::all(), [true, true, true, true]),
        ("read-only", Rights::read_only(), [true, false, true, false]),
        ("users-only", Rights::none().with(Access::Write, "User"), [true, true, false, false]),
        ("users-read", Rights::none().with(Access::Read, "User"), [true, false, false, false]),
        ("groups-only", Rights::none().with(Access::Write, "Group"), [false, false, true, true]),
        ("groups-read", Rights::none().with(Access::Read, "Group"), [false, false, true, false]),
        ("users-read-groups-write", users_and_groups, [true, false, true, true]),
        ("another-type", Rights::none().with(Access::Write, "Device"), [false, false, false, false]),
        ("nothing", Rights::none(), [false, false, false, false]),
    ]
}

/// Signed tokens with the same rights, each by a scope of its own; and one whose time is over, one of a client that is known no more.
#[cfg(feature = "jwt")]
mod signed {
    use std::time::Duration;

    use scim_server::jwt::{JwtAuthenticator, TokenIssuer, Trust};

    use super::*;

    fn issuer(audience: &str) -> TokenIssuer {
        TokenIssuer::new("https://scim.example.com", audience, &[7; 32], Duration::from_secs(3600)).expect("a secret")
    }

    pub(super) fn authenticator(profile: Profile) -> JwtAuthenticator<Vec<Trust>> {
        let trust = issuer("here").trust(TenantId::new("acme"), "client").with_profile(profile);
        JwtAuthenticator::new(vec![kinds().into_iter().fold(trust, |trust, (name, rights, _)| trust.with_scope(name, rights))])
    }

    pub(super) fn kinds_of_tokens() -> Vec<(String, Allowed)> {
        let token = |audience, client, scope| issuer(audience).issue(client, &[scope]).expect("it can be signed").token;
        kinds().into_iter().map(|(name, _, allowed)| (token("here", "client", name), allowed)).collect()
    }

    /// RFC: 7644-2-04
    #[tokio::test]
    async fn a_signed_token_of_a_client_or_for_a_server_that_is_not_ours_does_nothing_on_any_route() {
        let server = server(Profile::RFC);
        let id = create(&server, "/Users", &user("ana")).await;
        let before = everything(&server).await;
        for (audience, client) in [("here", "gone"), ("elsewhere", "client")] {
            let token = issuer(audience).issue(client, &["everything"]).expect("it can be signed").token;
            for route in routes(&Registry::rfc7643()) {
                for method in route.methods.split(", ") {
                    let answer = ask(&server, &token, method, &route.path.replace("{id}", &id)).await;
                    assert_eq!(answer.status, 401, "{method} {}", route.path);
                    assert_eq!(answer.headers["www-authenticate"], r#"Bearer realm="scim", error="invalid_token""#);
                }
            }
        }
        assert_eq!(everything(&server).await, before);
    }
}

/// Every credential with what it may do: fixed tokens and signed ones.
fn credentials() -> Vec<(String, Allowed)> {
    let fixed = kinds().into_iter().map(|(name, _, allowed)| (name.to_owned(), allowed));
    #[cfg(feature = "jwt")]
    let fixed = fixed.chain(signed::kinds_of_tokens());
    fixed.collect()
}

fn server(profile: Profile) -> Server {
    let acme = || TenantId::new("acme");
    let tokens = kinds().into_iter().fold(StaticTokens::new().with(TOKEN, acme(), profile), |tokens, (name, rights, _)| {
        tokens.with_caller(name, Caller::new(acme(), name).with_profile(profile).with_rights(rights))
    });
    let authenticator = Authenticators::new().with(tokens);
    #[cfg(feature = "jwt")]
    let authenticator = authenticator.with(signed::authenticator(profile));
    Server::new(endpoint(ScimServer::new(Registry::rfc7643(), MemoryStores::new(), authenticator)))
}

/// What the request of that method does there, and to which type; nothing if rights have no say.
fn asks(method: &str, path: &str) -> Option<(Access, &'static str)> {
    let kind = if path.starts_with("/Users") {
        "User"
    } else if path.starts_with("/Groups") {
        "Group"
    } else {
        return None;
    };
    match method {
        "GET" | "HEAD" => Some((Access::Read, kind)),
        "OPTIONS" => None,
        "POST" if path.ends_with("/.search") => Some((Access::Read, kind)),
        _ => Some((Access::Write, kind)),
    }
}

fn body(method: &str, path: &str) -> Body {
    let replace = patch(json!([{"op": "replace", "path": "displayName", "value": "changed"}]));
    match method {
        "PATCH" => replace.to_string().into(),
        _ if path.ends_with("/.search") => json!({"filter": "id pr"}).to_string().into(),
        "POST" | "PUT" if path.starts_with("/Groups") => json!({"schemas": [GROUP], "displayName": "changed"}).to_string().into(),
        "POST" | "PUT" => user("changed").to_string().into(),
        _ => Body::empty(),
    }
}

async fn ask(server: &Server, token: &str, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri_str(path);
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/scim+json");
    server.answer(request.body(body(method, path))).await
}

/// T05
/// RFC: 7644-2-07 7644-2.1-01
/// RFC: 7644-2-09 7644-3.12-10
#[tokio::test]
async fn every_kind_of_credential_does_on_every_route_what_its_rights_allow_and_nothing_else() {
    let mut refused = 0;
    let mut served = 0;
    for (token, [read_users, write_users, read_groups, write_groups]) in credentials() {
        for route in routes(&Registry::rfc7643()) {
            for method in route.methods.split(", ") {
                // The lenient profile answers some reads without looking: not these.
                let server = server(Profile::LENIENT);
                let ids = [create(&server, "/Users", &user("ana")).await, {
                    create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff"})).await
                }];
                let path = route.path.replace("{id}", if route.path.starts_with("/Users") { &ids[0] } else { &ids[1] });
                let before = everything(&server).await;
                let answer = ask(&server, &token, method, &path).await;
                let case = format!("{method} {path} with the credential {token}: {} {}", answer.status, answer.body);
                let allowed = match asks(method, &path) {
                    Some((Access::Read, "User")) => read_users,
                    Some((Access::Write, "User")) => write_users,
                    Some((Access::Read, _)) => read_groups,
                    Some((Access::Write, _)) => write_groups,
                    None => {
                        assert!(![401, 403].contains(&answer.status) && everything(&server).await == before, "{case}");
                        continue;
                    }
                };
                if allowed {
                    assert!(answer.status < 300, "{case}");
                    served += 1;
                    continue;
                }
                assert_eq!(answer.status, 403, "{case}");
                assert_eq!(answer.headers["www-authenticate"], r#"Bearer realm="scim", error="insufficient_scope""#, "{case}");
                if method != "HEAD" {
                    assert_error(&answer, 403, None);
                    assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains("credential")), "{case}");
                }
                assert_eq!(everything(&server).await, before, "{case}");
                refused += 1;
            }
        }
    }
    assert!(refused >= 100 && served >= 100, "only {refused} refused and {served} served");
}

#[tokio::test]
async fn whoever_may_not_do_it_is_not_told_whether_the_resource_is_there() {
    let server = server(Profile::RFC);
    let id = create(&server, "/Users", &user("ana")).await;
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let there = ask(&server, "groups-only", method, &format!("/Users/{id}")).await;
        let absent = ask(&server, "groups-only", method, "/Users/2819c223-7f76-453a-919d-413861904646").await;
        assert_eq!((there.status, &there.body), (403, &absent.body), "{method}");
    }
    // An endpoint that is not there is no secret.
    assert_error(&ask(&server, "nothing", "POST", "/Devices").await, 404, None);
}

#[tokio::test]
async fn discovery_shows_the_same_to_every_credential() {
    let server = server(Profile::RFC);
    for path in ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", &format!("/Schemas/{GROUP}")] {
        let whole = ask(&server, TOKEN, "GET", path).await;
        let bare = ask(&server, "nothing", "GET", path).await;
        assert_eq!((bare.status, bare.body), (200, whole.body), "{path}");
    }
}

#[test]
fn a_query_over_all_types_covers_those_that_the_caller_may_read() {
    let server = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), StaticTokens::new());
    for (token, rights, [read_users, _, read_groups, _]) in kinds() {
        let scope = server.scope(Caller::new(TenantId::new("acme"), token).with_rights(rights));
        let readable: Vec<&str> = scope.readable().map(|kind| kind.name.as_str()).collect();
        let expected: Vec<&str> =
            [("User", read_users), ("Group", read_groups)].iter().filter(|(_, may)| *may).map(|(name, _)| *name).collect();
        assert_eq!(readable, expected, "{token}");
    }
}
