//! Which resource a path names: slashes, encodings, versions, odd ids, other tenants' ids (S45, S47, S75, T02, T38).

use scim_server::Profile;
use serde_json::{Map, Value, json};

use crate::exchange::Server;
use crate::{GROUP, OTHER_TOKEN, PATCH_OP, assert_error, create, everything, patch, request, send, server, user};

#[tokio::test]
async fn one_slash_at_the_end_means_the_same_resource() {
    let server = server(Profile::STRICT);
    let id = create(&server, "/Users/", &user("bjensen")).await;
    for path in [
        format!("/Users/{id}/"),
        format!("/Users/{id}/?attributes=userName"),
        "/Users/?filter=userName%20eq%20%22bjensen%22".into(),
        "/Schemas/".into(),
        "/ServiceProviderConfig/?x=y".into(),
        format!("/%55sers/{id}"),
        "/Schemas/urn%3Aietf%3Aparams%3Ascim%3Aschemas%3Acore%3A2.0%3AUser".into(),
        "/Schemas/URN:IETF:params:scim:schemas:core:2.0:user/".into(),
    ] {
        assert_eq!(server.get(&path).await.status, 200, "{path}");
    }
    for path in [format!("/Users/{id}//"), format!("//Users/{id}"), format!("/Users//{id}"), "/Users//?count=1".into()] {
        assert_error(&server.get(&path).await, 404, None);
    }
}

#[tokio::test]
async fn doubled_slashes_are_one_for_the_clients_that_send_them() {
    let server = server(Profile::ENTRA);
    let id = create(&server, "//Users", &user("bjensen")).await;
    for path in [format!("/Users//{id}"), format!("//Users/{id}"), format!("//Users///{id}//")] {
        assert_eq!(server.get(&path).await.body["id"], json!(id), "{path}");
    }
}

/// RFC: 7644-3.13-03 7644-3.12-25
#[tokio::test]
async fn the_protocol_has_version_2_only() {
    let server = server(Profile::RFC);
    for path in ["/v1/Users", "/v3", "/V3/Users/1", "/v10/Schemas", "/v01", "/v99999999999999999999/Users"] {
        assert_error(&server.get(path).await, 400, Some("invalidVers"));
    }
    for path in ["/v", "/vx/Users", "/version/Users", "/x/v3", "/v2/Users/1", "/v2"] {
        assert_error(&server.get(path).await, 404, None);
    }
}

#[tokio::test]
async fn ids_of_any_shape_that_we_did_not_make_are_404() {
    let server = server(Profile::LENIENT);
    let id = create(&server, "/Users", &user("bjensen")).await;
    let unknown = server.get("/Users/00000000-0000-4000-8000-000000000000").await.body;
    let before = everything(&server).await;
    for odd in [
        "0",
        "-1",
        "bjensen",
        "%20",
        "a%20b",
        "..",
        "%2e%2e",
        "%2E",
        "a%2Fb",
        "%2F",
        "%5c",
        "%00",
        "x%00",
        "%0d%0aSet-Cookie:%20x",
        "%25",
        "%2525",
        "'%20or%201=1",
        "%22",
        "*",
        ";x",
        "~",
        "null",
        "undefined",
        "%E2%80%AE",
        "%f0%9f%92%a9",
        "e%cc%81",
        "__proto__",
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([
        format!("{id}.scim"),
        format!("{id};x"),
        format!("{id}%00"),
        format!("{id}%20"),
        format!("%20{id}"),
        format!("..%2FUsers%2F{id}"),
    ])
    .chain([id.to_uppercase(), id.replace('-', ""), id.repeat(300), "x".repeat(50_000)])
    {
        for (method, body) in [("GET", Value::Null), ("PUT", user("new")), ("PATCH", patch(json!([]))), ("DELETE", Value::Null)] {
            let path = format!("/Users/{odd}");
            let body = if method == "PATCH" { patch(json!([{"op": "remove", "path": "title"}])) } else { body };
            let answer = send(&server, method, &path, &body).await;
            assert_error(&answer, 404, None);
            assert_eq!(answer.body, unknown, "{method} {path}");
        }
    }
    for bytes in ["%ff", "%c3%28", "%ed%a0%80", "%fe%ff"] {
        assert_error(&server.get(&format!("/Users/{bytes}")).await, 404, None);
        assert_error(&server.get(&format!("/{bytes}")).await, 404, None);
    }
    assert_eq!(everything(&server).await, before);
}

/// What a client can see of an answer: all but the id of the request.
async fn seen(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value, Value) {
    let mut answer = server.send(method, path, &headers(OTHER_TOKEN), Some(body)).await;
    answer.headers.remove("x-request-id");
    (answer.status, json!(answer.headers), answer.body)
}

fn headers(token: &str) -> Map<String, Value> {
    Map::from_iter([("authorization".to_owned(), json!(format!("Bearer {token}")))])
}

/// RFC: 7644-6.1-03 7643-9.3-01
#[tokio::test]
async fn ids_of_another_tenant_answer_byte_for_byte_like_unknown_ones() {
    let server = server(Profile::RFC);
    let person = create(&server, "/Users", &user("bjensen")).await;
    let group = create(&server, "/Groups", &json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": person}]})).await;
    let before = everything(&server).await;
    let own = server.send("POST", "/Groups", &headers(OTHER_TOKEN), Some(&json!({"schemas": [GROUP], "displayName": "Own"}))).await;
    let own = own.body["id"].as_str().expect("an id").to_owned();
    let unknown = "00000000-0000-4000-8000-000000000000";
    for foreign in [&person, &group] {
        for endpoint in ["Users", "Groups"] {
            let whole = |id: &str| match endpoint {
                "Users" => json!({"schemas": [crate::USER], "id": id, "userName": "x"}),
                _ => json!({"schemas": [GROUP], "id": id, "displayName": "x"}),
            };
            let rename = patch(json!([{"op": "add", "path": "displayName", "value": "x"}]));
            for (method, body) in
                [("GET", None), ("PUT", Some(true)), ("PATCH", Some(false)), ("DELETE", None), ("POST", None), ("HEAD", None)]
            {
                let body = |id: &str| match body {
                    None => Value::Null,
                    Some(true) => whole(id),
                    Some(false) => rename.clone(),
                };
                let theirs = seen(&server, method, &format!("/{endpoint}/{foreign}"), &body(foreign)).await;
                let none = seen(&server, method, &format!("/{endpoint}/{unknown}"), &body(unknown)).await;
                assert_eq!(theirs, none, "{method} /{endpoint}/{foreign}");
                assert!(matches!(theirs.0, 404 | 405), "{theirs:?}");
            }
        }
        // As a value: a member, a manager, in filters. The id itself is the only difference that the client sees.
        let add = |id: &str| patch(json!([{"op": "add", "path": "members", "value": [{"value": id}]}]));
        let replace = |text: String| text.replace(foreign.as_str(), "ID").replace(unknown, "ID");
        for (method, path, body) in [
            ("PATCH", format!("/Groups/{own}"), add as fn(&str) -> Value),
            ("POST", "/Groups".into(), |id| json!({"schemas": [GROUP], "displayName": "Two", "members": [{"value": id}]})),
            (
                "POST",
                "/Users".into(),
                |id| json!({"schemas": [crate::USER, crate::ENTERPRISE], "userName": "m", crate::ENTERPRISE: {"manager": {"value": id}}}),
            ),
        ] {
            let theirs = seen(&server, method, &path, &body(foreign)).await;
            let none = seen(&server, method, &path, &body(unknown)).await;
            assert_eq!(theirs.0, 400, "{theirs:?}");
            assert_eq!(replace(format!("{:?}", theirs.2)), replace(format!("{:?}", none.2)));
        }
        for filter in ["id eq \"ID\"", "members.value eq \"ID\"", "members[value eq \"ID\"]", "not (id ne \"ID\")"] {
            let found = |id: &str| format!("/Groups?filter={}", filter.replace("ID", id).replace(' ', "%20").replace('"', "%22"));
            assert_eq!(
                seen(&server, "GET", &found(foreign), &Value::Null).await,
                seen(&server, "GET", &found(unknown), &Value::Null).await
            );
        }
    }
    let empty = seen(&server, "GET", "/Users", &Value::Null).await;
    assert_eq!(empty.2["totalResults"], 0);
    assert_eq!(everything(&server).await, before);
}

#[tokio::test]
async fn an_id_of_one_type_is_unknown_to_the_other() {
    let server = server(Profile::LENIENT);
    let person = create(&server, "/Users", &user("bjensen")).await;
    let remove = json!({"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "externalId"}]});
    for (method, body) in [("GET", Value::Null), ("PATCH", remove), ("DELETE", Value::Null)] {
        assert_error(&send(&server, method, &format!("/Groups/{person}"), &body).await, 404, None);
    }
    assert_eq!(server.answer(request("DELETE", &format!("/Users/{person}")).finish()).await.status, 204);
    assert_error(&server.answer(request("DELETE", &format!("/Users/{person}")).finish()).await, 404, None);
}
