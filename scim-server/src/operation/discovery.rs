//! What the server can do (RFC 7644 §4): `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas`.

use serde_json::{Value, json};

use super::query::list;
use super::{Answer, Parameters, Scope};
use crate::cursor::KEY_PERIOD;
use crate::error::quote;
use crate::store::Document;
use crate::{Error, ResourceType, Result, Schema, Stores};

const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

impl<S: Stores> Scope<S> {
    /// The configuration of the service (RFC 7643 §5).
    ///
    /// # Errors
    /// 403 if the request has a filter.
    pub fn service_provider_config(&self, parameters: &Parameters) -> Result<Answer> {
        refuse_filter(parameters)?;
        let location = format!("{}/ServiceProviderConfig", self.server.public_url());
        let limits = self.server.limits();
        Ok(one(json!({
            "schemas": [CONFIG_URN],
            "patch": {"supported": true},
            "bulk": {"supported": true, "maxOperations": limits.bulk_operations, "maxPayloadSize": limits.bulk_payload},
            "filter": {"supported": true, "maxResults": limits.max_results},
            "changePassword": {"supported": self.server.password_hasher().is_some()},
            "sort": {"supported": true},
            "etag": {"supported": true},
            "pagination": self.pagination(),
            "authenticationSchemes": self.authentication_schemes(),
            "meta": {"resourceType": "ServiceProviderConfig", "location": location}
        })))
    }

    /// How answers come in pages (RFC 9865 §4).
    fn pagination(&self) -> Value {
        let limits = self.server.limits();
        let mut pagination = json!({
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.max_results,
            "maxPageSize": limits.max_results,
        });
        // A positive integer, and what it promises is kept.
        let seconds = limits.cursor_timeout.min(KEY_PERIOD).as_secs();
        if seconds > 0 {
            pagination["cursorTimeout"] = json!(seconds);
        }
        pagination
    }

    /// What the authenticator takes; the first is the primary one (S56).
    fn authentication_schemes(&self) -> Vec<Value> {
        let schemes = self.server.authenticator().schemes().into_iter().map(|scheme| json!(scheme));
        let mut schemes: Vec<Value> = schemes.collect();
        if let Some(first) = schemes.first_mut() {
            first["primary"] = json!(true);
        }
        schemes
    }

    /// All resource types (RFC 7643 §6).
    ///
    /// # Errors
    /// 403 if the request has a filter (RFC 7644 §4).
    pub fn resource_types(&self, parameters: &Parameters) -> Result<Answer> {
        refuse_filter(parameters)?;
        let types: Vec<Value> = self.server.registry().types().iter().map(|kind| self.describe_type(kind)).collect();
        Ok(list(types.len() as u64, 1, types))
    }

    /// One resource type, by its name.
    ///
    /// # Errors
    /// 404; 403 if the request has a filter.
    pub fn resource_type(&self, id: &str, parameters: &Parameters) -> Result<Answer> {
        refuse_filter(parameters)?;
        let kind = self.server.registry().by_name(id);
        let kind = kind.ok_or_else(|| Error::no_endpoint(format!("there is no resource type {}: see /ResourceTypes", quote(id))))?;
        Ok(one(self.describe_type(kind)))
    }

    /// All schemas (RFC 7643 §7).
    ///
    /// # Errors
    /// 403 if the request has a filter (RFC 7644 §4).
    pub fn schemas(&self, parameters: &Parameters) -> Result<Answer> {
        refuse_filter(parameters)?;
        let discovery = Schema::discovery();
        let schemas: Vec<Value> =
            self.server.registry().schemas().iter().chain(&discovery).map(|schema| self.describe_schema(schema)).collect();
        Ok(list(schemas.len() as u64, 1, schemas))
    }

    /// One schema, by its URN, whatever its case (S18).
    ///
    /// # Errors
    /// 404; 403 if the request has a filter.
    pub fn schema(&self, urn: &str, parameters: &Parameters) -> Result<Answer> {
        refuse_filter(parameters)?;
        let discovery = Schema::discovery();
        let mut all = self.server.registry().schemas().iter().chain(&discovery);
        let schema = all.find(|schema| schema.id.eq_ignore_ascii_case(urn));
        let schema = schema.ok_or_else(|| Error::no_endpoint(format!("there is no schema {}: see /Schemas", quote(urn))))?;
        Ok(one(self.describe_schema(schema)))
    }

    fn describe_type(&self, kind: &ResourceType) -> Value {
        let mut body = json!({
            "schemas": [RESOURCE_TYPE_URN],
            "id": kind.name,
            "name": kind.name,
            "endpoint": kind.endpoint,
            "description": kind.description,
            "schema": kind.schema.id,
        });
        if !kind.extensions.is_empty() {
            let extensions = kind.extensions.iter().map(|extension| json!({"schema": extension.schema.id, "required": extension.required}));
            body["schemaExtensions"] = extensions.collect();
        }
        body["meta"] =
            json!({"resourceType": "ResourceType", "location": format!("{}/ResourceTypes/{}", self.server.public_url(), kind.name)});
        body
    }

    fn describe_schema(&self, schema: &Schema) -> Value {
        json!({
            "schemas": [SCHEMA_URN],
            "id": schema.id,
            "name": schema.name,
            "description": schema.description,
            "attributes": schema.attributes,
            "meta": {"resourceType": "Schema", "location": format!("{}/Schemas/{}", self.server.public_url(), schema.id)}
        })
    }
}

/// These lists are always whole; a filter could make a client believe that something is missing (RFC 7644 §4).
fn refuse_filter(parameters: &Parameters) -> Result<()> {
    match parameters.filter {
        Some(_) => Err(Error::forbidden("discovery cannot be filtered (RFC 7644 section 4): ask for the whole list")),
        None => Ok(()),
    }
}

fn one(body: Value) -> Answer {
    let location = body["meta"]["location"].as_str().map(ToOwned::to_owned);
    let body: Document = match body {
        Value::Object(body) => body,
        other => unreachable!("a description is an object, not {other}"),
    };
    Answer { status: 200, body: Some(body.into()), location, etag: None }
}
