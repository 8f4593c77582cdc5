//! A token by client credentials.

use poem::{Request, Response, Route, http::StatusCode, post};

use crate::server::{TOKEN, correct, program, run, start};

const SECRET: &str = "s3cret&with=signs";

/// What a token endpoint answers (RFC 6749 §4.4.3 and §5.2).
#[poem::handler]
async fn token(request: &Request, body: String) -> Response {
    let is_form = request.content_type() == Some("application/x-www-form-urlencoded");
    let expected = "grant_type=client_credentials&client_id=suite&client_secret=s3cret%26with%3Dsigns&scope=scim%20write";
    let (status, body) = match is_form && body == expected {
        true => (StatusCode::OK, format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":3600}}"#)),
        false => (StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client","error_description":"s3cret&with=signs"}"#.to_owned()),
    };
    Response::builder().status(status).content_type("application/json").body(body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_client_credentials_opens_the_server_and_is_shown_nowhere() {
    let url = start(|endpoint| Route::new().at("/token", post(token)).nest_no_strip("/scim/v2", endpoint)).await;
    let token_url = url.replace("/scim/v2", "/token");
    for (secret, code, said) in
        [(SECRET, Some(0), ""), ("wrong", Some(2), "scim-conformance: the token endpoint answers 401 with invalid_client\n")]
    {
        let state = tempfile::tempdir().expect("a folder");
        let mut program = program(&url, state.path());
        program.args(["--yes", "--explain", "7644-3.3-created", "--oauth-token-url", &token_url, "--client-id", "suite"]);
        program.args(["--client-secret-env", "SUITE_SECRET", "--oauth-scope", "scim write"]);
        let finished = program.env_remove("SCIM_TOKEN").env("SUITE_SECRET", secret).output().await.expect("it runs");
        let (output, errors) = (String::from_utf8_lossy(&finished.stdout), String::from_utf8_lossy(&finished.stderr));
        assert_eq!((finished.status.code(), errors.as_ref()), (code, said), "{output}");
        assert!(!output.contains(TOKEN) && !output.contains(SECRET), "{output}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_never_taken_from_the_command_line() {
    let said =
        run(&correct().await, &["--oauth-token-url", "http://127.0.0.1:1/", "--client-id", "suite", "--client-secret", SECRET]).await;
    assert_eq!(said.code, Some(2));
    assert!(said.errors.contains("unexpected argument '--client-secret'"), "{}", said.errors);
}
