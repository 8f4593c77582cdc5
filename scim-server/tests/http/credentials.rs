//! Nothing is served without a valid credential (T04).

use poem::Request;
use poem::http::{HeaderValue, Method};
use scim_server::http::{endpoint, routes};
use scim_server::{Profile, Registry};

use crate::exchange::{Server, TOKEN};
use crate::{assert_error, create, everything, scim_server, server, user};

/// What stands in `Authorization`: none, one or several headers; and whether it is a bearer token at all.
fn broken_credentials() -> Vec<(Vec<Vec<u8>>, &'static str)> {
    let mut latin = b"Bearer ".to_vec();
    latin.extend_from_slice(&[0xe9, 0xff]);
    let bearer = r#"Bearer realm="scim", error="invalid_token""#;
    let nothing = r#"Bearer realm="scim""#;
    let mut all: Vec<(Vec<Vec<u8>>, &str)> = vec![(vec![], nothing), (vec![latin], bearer)];
    for (text, challenge) in [
        (String::new(), nothing),
        ("   ".into(), nothing),
        ("Bearer".into(), bearer),
        ("Bearer ".into(), bearer),
        ("Bearer wrong".into(), bearer),
        (format!("Bearer {TOKEN}x"), bearer),
        (format!("Bearer {}", &TOKEN[1..]), bearer),
        (format!("Bearer {}", TOKEN.to_uppercase()), bearer),
        (format!("Bearer {TOKEN} {TOKEN}"), bearer),
        (format!("Bearer \"{TOKEN}\""), bearer),
        (format!("Bearer {TOKEN},Bearer {TOKEN}"), bearer),
        (format!("Bearer\t{TOKEN}"), bearer),
        (format!("Bearer:{TOKEN}"), nothing),
        (format!("Bearer{TOKEN}"), nothing),
        (TOKEN.into(), nothing),
        ("Basic Zml4dHVyZS10b2tlbjo=".into(), nothing),
        (format!("Token {TOKEN}"), nothing),
        (format!("Bearer {}", "x".repeat(8 * 1024)), bearer),
        (format!("Bearer {}{TOKEN}", " ".repeat(8 * 1024)), bearer),
    ] {
        all.push((vec![text.into_bytes()], challenge));
    }
    let valid = format!("Bearer {TOKEN}").into_bytes();
    all.push((vec![valid.clone(), valid.clone()], bearer));
    all.push((vec![valid, b"Bearer wrong".to_vec()], bearer));
    all
}

/// The path as somebody might write it to get around a rule about paths.
fn spellings(path: &str) -> Vec<String> {
    let encoded = format!("%{:02x}{}", path.as_bytes().get(1).unwrap_or(&b'.'), path.get(2..).unwrap_or_default());
    vec![
        path.to_owned(),
        format!("/{path}"),
        format!("{path}/"),
        format!("{path};x"),
        format!("/%2e{path}"),
        format!("/x/%2e%2e{path}"),
        format!("/{encoded}"),
        path.to_uppercase(),
        format!("/nothing{path}"),
        format!("{path}?access_token={TOKEN}"),
    ]
}

const METHODS: [&str; 9] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"];

async fn refuse(server: &Server, method: &str, path: &str, headers: &[Vec<u8>], challenge: &str) {
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri_str(path);
    for header in headers {
        request = request.header("authorization", HeaderValue::from_bytes(header).expect("a header value"));
    }
    let answer = server.answer(request.body(user("intruder").to_string())).await;
    let case = format!("{method} {path} with {:?}", headers.iter().map(|header| String::from_utf8_lossy(header)).collect::<Vec<_>>());
    assert_eq!(answer.status, 401, "{case}");
    assert_eq!(answer.headers["www-authenticate"], challenge, "{case}");
    if method == "HEAD" {
        assert!(answer.body.is_null(), "{case}");
    } else {
        assert_error(&answer, 401, None);
    }
}

/// RFC: 7644-2-04 7644-2-06 7644-3.12-09
#[tokio::test]
async fn no_broken_credential_is_served_on_any_route_by_any_method_and_spelling() {
    let server = server(Profile::LENIENT);
    let id = create(&server, "/Users", &user("bjensen")).await;
    let before = everything(&server).await;
    let credentials = broken_credentials();
    assert!(credentials.len() >= 12);
    let mut cases = 0;
    for route in routes(&Registry::rfc7643()) {
        for path in spellings(&route.path.replace("{id}", &id)) {
            for method in METHODS {
                for (headers, challenge) in &credentials {
                    refuse(&server, method, &path, headers, challenge).await;
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 2_000, "only {cases} cases");
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn the_scheme_is_read_without_case_and_with_several_blanks() {
    let server = server(Profile::RFC);
    for text in [format!("bearer {TOKEN}"), format!("BEARER   {TOKEN}"), format!("Bearer {TOKEN} ")] {
        let answer = server.answer(Request::builder().uri_str("/Users").header("authorization", &text).finish()).await;
        assert_eq!(answer.status, 200, "{text}");
    }
}

/// T05
#[tokio::test]
async fn a_token_elsewhere_than_in_the_header_is_none() {
    let server = server(Profile::LENIENT);
    let request = Request::builder().uri_str(format!("/Users?access_token={TOKEN}")).header("cookie", format!("token={TOKEN}"));
    assert_error(&server.answer(request.header("x-api-key", TOKEN).finish()).await, 401, None);
    let form = Request::builder().method(Method::POST).uri_str("/Users").content_type("application/x-www-form-urlencoded");
    assert_error(&server.answer(form.body(format!("access_token={TOKEN}"))).await, 401, None);
}

/// RFC: 7643-5-24
#[tokio::test]
async fn discovery_can_be_opened_and_then_nothing_else_is() {
    let open = Server::new(endpoint(scim_server(Profile::LENIENT).with_open_discovery()));
    let id = create(&open, "/Users", &user("ana")).await;
    let mut shown = 0;
    for route in routes(&Registry::rfc7643()) {
        for path in spellings(&route.path.replace("{id}", if route.path.starts_with("/Schemas") { crate::USER } else { "User" }))
            .into_iter()
            .chain([format!("/Users/{id}")])
        {
            for method in METHODS {
                let request = || Request::builder().method(Method::from_bytes(method.as_bytes()).expect("a method")).uri_str(&path);
                let answer = open.answer(request().body(user("eve").to_string())).await;
                let whole = open.answer(request().header("authorization", format!("Bearer {TOKEN}")).finish()).await;
                if answer.status != 401 {
                    let discovery = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"].iter().any(|start| path.contains(&start[2..]));
                    assert!(discovery && ["GET", "HEAD"].contains(&method), "{method} {path}: {}", answer.status);
                    assert_eq!((answer.status, answer.body), (whole.status, whole.body), "{method} {path}");
                    shown += 1;
                }
            }
        }
    }
    assert!(shown >= 10, "only {shown} were shown");
    let wrong = Request::builder().uri_str("/ServiceProviderConfig").header("authorization", "Bearer wrong").finish();
    assert_error(&open.answer(wrong).await, 401, None);
}
