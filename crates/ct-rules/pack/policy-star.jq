# id: ct.exposure.policy-star
# title: Resource opened to everyone by policy
# severity: high
# description: A resource policy allows everyone, and no condition limits it to an account, organization, network or source.
# response: Restrict the principal of the policy, or add a condition.
# tags: attack.t1530, iso27001-2022.a.8.16, nist-800-53r5.au-6, soc2.cc7.2
# events: PutBucketPolicy, PutKeyPolicy, CreateKey, SetQueueAttributes, CreateQueue, SetTopicAttributes, CreateTopic, SetRepositoryPolicy, PutResourcePolicy, SetVaultAccessPolicy, PutRepositoryPermissionsPolicy, PutBackupVaultAccessPolicy, CreateElasticsearchDomain, UpdateElasticsearchDomainConfig
# example: hits {"eventName":"PutBucketPolicy","requestParameters":{"bucketPolicy":{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}}}
# example: hits {"eventName":"SetRepositoryPolicy","requestParameters":{"policyText":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"*\"]}}}"}}
# example: misses {"eventName":"PutBucketPolicy","requestParameters":{"bucketPolicy":{"Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*"}]}}}
# example: misses {"eventName":"PutKeyPolicy","requestParameters":{"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Condition\":{\"StringEquals\":{\"kms:CallerAccount\":\"111122223333\"}}}]}"}}
# example: misses {"eventName":"PutBucketPolicy","requestParameters":{"bucketPolicy":"not a policy"}}
def list: if type == "array" then .[] else . end;
def policy: if type == "string" then (try fromjson catch null) else . end | objects;
def limits: test("^(aws:(source(account|arn|ip|vpc|vpce|orgid|orgpaths|owner)|principal(account|arn|orgid|orgpaths)|userid)|kms:calleraccount|kms:viaservice|lambda:functionurlauthtype)$"; "i");
def is_limited: [.Condition? | objects | .[] | objects | keys[]] | any(limits);
def is_everyone: [.Principal? | (strings, (objects | .AWS? | list | strings))] | any(. == "*");
select((.errorCode // "") == "")
| .requestParameters | objects
| [.bucketPolicy, .policy, .policyText, .resourcePolicy, .policyDocument, .accessPolicies, .attributeValue,
   (.attributes | objects | .Policy)]
| any(.[] | values | policy | .Statement? | list | objects; .Effect == "Allow" and is_everyone and (is_limited | not))
