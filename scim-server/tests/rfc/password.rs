//! The password is taken and never shown (RFC 7643 §4.1.1, §7).

use scim_server::{Profile, Registry};
use serde_json::json;

use crate::{GROUP, PATCH_OP, Scim, encoded, user, user_with};

const SECRET: &str = "t1meMa$heen-marker";

/// RFC: 7643-4.1.1-16 7643-4.1.1-23 7643-7-29 7643-7-31 7644-3.9-12
#[tokio::test]
async fn no_answer_has_the_password_in_any_form() {
    for profile in [Profile::RFC, Profile::STRICT, Profile::LENIENT] {
        let scim = Scim::with(Registry::rfc7643(), profile);
        let body = user_with("bjensen", json!({"password": SECRET}));
        let created = scim.post("/Users", &body).await;
        assert_eq!(created.status, 201, "{}", created.body);
        let path = format!("/Users/{}", created.body["id"].as_str().expect("an id"));
        let id = &created.body["id"];
        scim.create("/Groups", &json!({"schemas": [GROUP], "displayName": "Staff", "members": [{"value": id}]})).await;
        let change = json!({"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "password", "value": SECRET}]});
        let change_in_body = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "value": {"title": "T", "password": SECRET}}]});
        let mut answers = vec![created.clone()];
        for query in ["", "?attributes=password", "?attributes=userName,PASSWORD", "?excludedAttributes=userName"] {
            answers.push(scim.get(&format!("{path}{query}")).await);
            answers.push(scim.get(&format!("/Users{query}")).await);
            answers.push(scim.put(&format!("{path}{query}"), &body).await);
            answers.push(scim.send("PATCH", &format!("{path}{query}"), &change).await);
            answers.push(scim.send("PATCH", &format!("{path}{query}"), &change_in_body).await);
        }
        for filter in [format!(r#"password eq "{SECRET}""#), format!(r#"password sw "{}""#, &SECRET[..3]), "password pr".to_owned()] {
            answers.push(scim.get(&format!("/Users?filter={}", encoded(&filter))).await);
        }
        answers.push(scim.get("/Groups").await);
        answers.push(scim.post("/Users", &body).await);
        answers.push(scim.post("/Users", &user_with("x", json!({"password": {"value": SECRET}}))).await);
        answers.push(scim.post("/Users", &user_with("y", json!({"password": [SECRET, SECRET]}))).await);
        for answer in answers {
            // What a client puts into a URL comes back to it in the words of the refusal alone.
            let shown = answer.body.to_string();
            let is_refused_filter = answer.body["scimType"] == "invalidFilter";
            assert!(is_refused_filter || !shown.contains("t1meMa"), "{shown}");
            assert!(!answer.body.as_object().is_some_and(|resource| resource.contains_key("password")), "{shown}");
            assert!(
                answer.body["Resources"].as_array().into_iter().flatten().all(|resource| resource.get("password").is_none()),
                "{shown}"
            );
        }
    }
}

/// RFC: 7643-4.1.1-21 7643-4.1.1-22 7643-7-32
#[tokio::test]
async fn nothing_can_be_learned_of_the_password_by_a_filter() {
    let scim = Scim::start();
    scim.create("/Users", &user_with("bjensen", json!({"password": SECRET}))).await;
    scim.create("/Users", &user("jsmith")).await;
    for filter in [format!(r#"password eq "{SECRET}""#), "password pr".into(), r#"not (password eq "x")"#.into()] {
        crate::assert_error(&scim.filter("/Users", &filter).await, 400, Some("invalidFilter"));
    }
    let schema = scim.read("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").await;
    let password =
        schema["attributes"].as_array().expect("a list").iter().find(|attribute| attribute["name"] == "password").expect("it is there");
    assert_eq!((&password["mutability"], &password["returned"]), (&json!("writeOnly"), &json!("never")));
}
