//! The start state of a fixture and what its placeholders stand for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::exchange::{Answer, Server, TOKEN};
use super::values::{substitute, substitute_text};

/// The resources that a fixture starts from.
pub(crate) struct World {
    /// What stands for `{U}`, `{token}` …; under `type of U` the endpoint of that resource.
    ids: BTreeMap<String, String>,
    /// The many plain users, as members.
    crowd: Vec<Value>,
}

impl World {
    /// Creates what `given` and `given_users` say.
    pub(crate) async fn create(server: &Server, fixture: &Value) -> Result<World, String> {
        let mut world = World { ids: BTreeMap::from([("token".to_owned(), TOKEN.to_owned())]), crowd: Vec::new() };
        for given in fixture["given"].as_array().into_iter().flatten() {
            let endpoint = format!("/{}s", given["type"].as_str().expect("a given resource has a type"));
            let name = given["as"].as_str().expect("a given resource has a name");
            let answer = server.send("POST", &endpoint, &Map::new(), Some(&substitute(&given["doc"], &world.ids))).await;
            let id = answer.body["id"].as_str().filter(|_| answer.status == 201);
            let id = id.ok_or_else(|| format!("the start state {name} was refused: {} {}", answer.status, answer.body))?;
            world.bind(name, id, &endpoint);
        }
        for number in 1..=fixture["given_users"].as_u64().unwrap_or(0) {
            let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("crowd{number}@example.com")});
            let answer = server.send("POST", "/Users", &Map::new(), Some(&user)).await;
            let id = answer.body["id"].as_str().expect("a created resource has an id");
            world.ids.insert(format!("user{number}"), id.to_owned());
            world.crowd.push(json!({"value": id}));
        }
        world.note_etags(server).await;
        Ok(world)
    }

    fn bind(&mut self, name: &str, id: &str, endpoint: &str) {
        self.ids.insert(name.to_owned(), id.to_owned());
        self.ids.insert(format!("type of {name}"), endpoint.to_owned());
    }

    /// What a verdict says with all placeholders filled in.
    pub(crate) fn fill(&self, value: &Value) -> Value {
        with_crowd(&substitute(value, &self.ids), &self.crowd)
    }

    /// Sends the request of a step. What a 201 created is `{created}` from then on, and what `bind` calls it.
    pub(crate) async fn take(&mut self, server: &Server, step: &Value) -> Answer {
        let path = substitute_text(step["path"].as_str().expect("a step has a path"), &self.ids);
        let body = step.get("body").filter(|body| !body.is_null()).map(|body| self.fill(body));
        let headers = self.fill(&step["headers"]).as_object().cloned().unwrap_or_default();
        let answer = server.send(step["method"].as_str().expect("a step has a method"), &path, &headers, body.as_ref()).await;
        if let (201, Some(id)) = (answer.status, answer.body["id"].as_str()) {
            self.ids.insert("created".to_owned(), id.to_owned());
            if let (Some(name), Some(endpoint)) = (step["bind"].as_str(), step["path"].as_str()) {
                self.bind(name, id, endpoint);
            }
        }
        answer
    }

    /// The resources as they are now, by path; one that is gone is absent. Also how many there are of each type.
    pub(crate) async fn read(&self, server: &Server) -> BTreeMap<String, Value> {
        let mut resources = BTreeMap::new();
        for endpoint in ["/Users", "/Groups"] {
            let answer = server.get(&format!("{endpoint}?count=0")).await;
            resources.insert(endpoint.to_owned(), answer.body["totalResults"].clone());
        }
        for path in self.paths().into_values() {
            let answer = server.get(&path).await;
            if answer.status == 200 {
                resources.insert(path, answer.body);
            }
        }
        resources
    }

    /// Binds `{etag:U}` … to the versions at the start.
    async fn note_etags(&mut self, server: &Server) {
        for (name, path) in self.paths() {
            if let Some(etag) = server.get(&path).await.headers.get("etag") {
                self.ids.insert(format!("etag:{name}"), etag.clone());
            }
        }
    }

    fn paths(&self) -> BTreeMap<String, String> {
        let typed = |(name, id): (&String, &String)| Some((name.clone(), format!("{}/{id}", self.ids.get(&format!("type of {name}"))?)));
        self.ids.iter().filter_map(typed).collect()
    }
}

/// What a write answered is what a GET answers afterwards.
pub(crate) async fn reread(server: &Server, step: &Value, answer: &Answer) -> Option<String> {
    let writes = matches!(step["method"].as_str(), Some("POST" | "PUT" | "PATCH"));
    let location = answer.body["meta"]["location"].as_str().filter(|_| writes && answer.status < 300)?;
    let segments: Vec<&str> = location.rsplitn(3, '/').collect();
    let [id, endpoint, _] = segments.as_slice() else { return Some(format!("{location} is no location")) };
    let read = server.get(&format!("/{endpoint}/{id}")).await;
    (read.body != answer.body).then(|| format!("answered {}, but a GET answers {}", answer.body, read.body))
}

/// Puts the many given users in the place of `"{members:N}"`.
fn with_crowd(body: &Value, crowd: &[Value]) -> Value {
    match body {
        Value::String(text) if text.starts_with("{members:") => Value::Array(crowd.to_vec()),
        Value::Array(list) => list.iter().map(|element| with_crowd(element, crowd)).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), with_crowd(value, crowd))).collect(),
        other => other.clone(),
    }
}
