//! Each operation needs the rights that its single request would need (T05).

use scim_server::{Access, Caller, Rights};
use serde_json::json;

use super::*;

/// T05
#[tokio::test]
async fn of_forbidden_operations_none_is_performed() {
    for atomic in [false, true] {
        for (rights, may_users, may_groups) in [
            (Rights::none().with(Access::Write, "User"), true, false),
            (Rights::none().with(Access::Write, "Group").with(Access::Read, "User"), false, true),
            (Rights::read_only(), false, false),
            (Rights::none(), false, false),
        ] {
            let acme = || TenantId::new("acme");
            let tokens = StaticTokens::new()
                .with(TOKEN, acme(), Profile::RFC)
                .with_caller("limited", Caller::new(acme(), "limited").with_rights(rights.clone()));
            let scim = ScimServer::new(Registry::rfc7643(), MemoryStores::new(), tokens).with_atomic_bulk(atomic);
            let server = serve(scim);
            let ana = create(&server, "/Users", &user("ana")).await;
            let staff = create(&server, "/Groups", &group("Staff", &[])).await;
            let before = everything(&server).await;
            let title = json!([{"op": "add", "path": "externalId", "value": "x"}]);
            let operations = [
                post("u", "/Users", user("ben")),
                patch(&format!("/Users/{ana}"), title.clone()),
                post("g", "/Groups", group("New", &[])),
                put(&format!("/Groups/{staff}"), group("Changed", &[])),
                patch(&format!("/Groups/{staff}"), title.clone()),
                delete("/Groups/2819c223-7f76-453a-919d-413861904646"),
                delete(&format!("/Groups/{staff}")),
            ];
            let headers = Map::from_iter([("authorization".to_owned(), json!("Bearer limited"))]);
            let message = json!({"schemas": [BULK_REQUEST], "Operations": operations});
            let answer = server.send("POST", "/Bulk", &headers, Some(&message)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            let results = answer.body["Operations"].as_array().expect("results");
            let after = everything(&server).await;
            for (operation, result) in operations.iter().zip(results) {
                let may = if operation["path"].as_str().is_some_and(|path| path.starts_with("/Users")) { may_users } else { may_groups };
                assert_eq!(result["status"] == "403", !may, "{rights:?}: {operation} {result}");
                let is_failed_post = operation["method"] == "POST" && result["status"] != "201";
                assert_eq!(result.get("location").is_none(), is_failed_post, "{result}");
            }
            assert!(may_users && !atomic || after[0] == before[0], "{rights:?}");
            assert!(may_groups && !atomic || after[1] == before[1], "{rights:?}");
            assert_eq!(after != before, (may_users || may_groups) && !atomic, "{rights:?}");
        }
    }
}
