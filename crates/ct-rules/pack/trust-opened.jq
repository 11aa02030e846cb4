# id: ct.iam.trust-opened
# title: Role trust opened to another account or everyone
# severity: high
# description: Another account or everyone can now assume a role. This access remains after keys are revoked.
# response: Restore the trust policy unless you own the account.
# tags: attack.t1098, attack.t1199, nist-800-53r5.au-6, pci-3.2.1.8.1.2, soc2.cc7.2
# events: UpdateAssumeRolePolicy, CreateRole
# example: hits {"eventName":"UpdateAssumeRolePolicy","recipientAccountId":"111122223333","requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::444455556666:root\"},\"Action\":\"sts:AssumeRole\"}]}"}}
# example: hits {"eventName":"UpdateAssumeRolePolicy","recipientAccountId":"111122223333","requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}]}"}}
# example: misses {"eventName":"UpdateAssumeRolePolicy","recipientAccountId":"111122223333","requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}}
# example: misses {"eventName":"UpdateAssumeRolePolicy","recipientAccountId":"111122223333","requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"sts:AssumeRole\"}]}"}}
def list: if type == "array" then .[] else . end;
def policy: if type == "string" then (try fromjson catch null) else . end | objects;
def account: if test("^[0-9]{12}$") then . else (capture("^arn:[^:]*:(iam|sts)::(?<account>[0-9]{12}):") | .account) // . end;
select((.errorCode // "") == "" and (.userIdentity.invokedBy? // "") == "")
| (.recipientAccountId // .userIdentity.accountId?) as $own
| .requestParameters | objects | .policyDocument, .assumeRolePolicyDocument | values | policy
| .Statement? | list | objects | select(.Effect == "Allow")
| .Principal? | (strings, (objects | .AWS? | list | strings))
| account | select(. == "*" or (test("^[0-9]{12}$") and . != $own))
