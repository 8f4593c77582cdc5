JSON='Content-Type: application/scim+json'
# Test Connection asks for somebody who is not there
curl -sw '\n' -H "$AUTH" "$URL/Users?filter=userName+eq+%22nobody@example.com%22"
# a new user
ID=$(curl -sw '\n' -H "$AUTH" -H "$JSON" "$URL/Users?attributes=userName" -d '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ana.diaz@example.com","displayName":"Ana Diaz"}' | tee -a /dev/stderr | grep -o '[0-9a-f-]\{36\}')
# a new job title
curl -sw '\n' -H "$AUTH" -H "$JSON" -X PATCH "$URL/Users/$ID?attributes=title" -d '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"title","value":"Account Manager"}]}'
# blocked, with the text that Azure sends for a boolean
curl -sw '\n' -H "$AUTH" -H "$JSON" -X PATCH "$URL/Users/$ID?attributes=active" -d '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"Replace","path":"active","value":"False"}]}'
# deleted
curl -sw '%{http_code}\n' -H "$AUTH" -X DELETE "$URL/Users/$ID"
