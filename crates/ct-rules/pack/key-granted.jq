# id: ct.exposure.key-granted-to-stranger
# title: KMS key granted to another account
# severity: high
# description: A grant allows a principal of another account to use a KMS key. The key policy does not show the grant.
# response: Ask who created the grant. Revoke it with RevokeGrant, and check what the grantee decrypted.
# tags: attack.t1098, iso27001-2022.A.8.16, nist-800-53r5.AU-6, soc2.CC7.2
# references: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
# events: CreateGrant
# example: hits {"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","recipientAccountId":"111122223333","requestParameters":{"granteePrincipal":"arn:aws:iam::444455556666:role/x","keyId":"k"}}
# example: hits {"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","recipientAccountId":"111122223333","requestParameters":{"granteePrincipal":"444455556666","keyId":"k"}}
# example: misses {"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","recipientAccountId":"111122223333","requestParameters":{"granteePrincipal":"arn:aws:iam::111122223333:role/x","keyId":"k"}}
# example: misses {"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","recipientAccountId":"111122223333","requestParameters":{"granteePrincipal":"autoscaling.amazonaws.com","keyId":"k"}}
# example: misses {"eventSource":"kms.amazonaws.com","eventName":"CreateGrant","recipientAccountId":"111122223333","errorCode":"AccessDenied","requestParameters":{"granteePrincipal":"arn:aws:iam::444455556666:role/x"}}

def texts: if type == "string" then . else empty end;

select(.eventSource == "kms.amazonaws.com" and .errorCode == null)
| (.recipientAccountId // .userIdentity.accountId?) as $own
| .requestParameters
| objects
| (.granteePrincipal, .retiringPrincipal)
| texts
| (if test("^[0-9]{12}$") then . elif test("^arn:[^:]*:[^:]*:[^:]*:[0-9]{12}:") then split(":")[4] else empty end)
| . != $own
