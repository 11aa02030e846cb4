# id: ct.exposure.world-admin-port
# title: Administration port opened to the world
# severity: high
# description: A security group allows traffic from every address to a port for administration or a database.
# response: Restrict the addresses, and find out who connected while the port was open.
# tags: attack.t1562.007, cis-1.2.4.1, iso27001-2022.a.8.16, nist-800-53r5.au-6, soc2.cc7.2
# events: AuthorizeSecurityGroupIngress, ModifySecurityGroupRules
# example: hits {"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}}
# example: hits {"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"cidrIp":"0.0.0.0/0","fromPort":0,"toPort":65535,"ipPermissions":{}}}
# example: misses {"eventName":"AuthorizeSecurityGroupIngress","requestParameters":{"ipPermissions":{"items":[{"fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}},{"fromPort":22,"toPort":22,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]}}]}}}
# example: misses {"eventName":"AuthorizeSecurityGroupIngress","errorCode":"Client.UnauthorizedOperation","requestParameters":{"cidrIp":"0.0.0.0/0","fromPort":22,"toPort":22}}
def items: (objects | .items? // .), arrays | if type == "array" then .[] else . end | objects;
def ports: [22, 23, 135, 445, 1433, 1521, 2375, 3306, 3389, 5432, 5900, 5985, 5986, 6379, 9200, 11211, 27017];
def is_world: [.cidrIp, .cidrIpv6, .cidrIpv4, .CidrIpv4, .CidrIpv6,
    (.ipRanges?, .ipv6Ranges? | values | items | .cidrIp, .cidrIpv6)] | any(.[] | strings; endswith("/0"));
def has_port: (.fromPort // .FromPort // -1) as $from | (.toPort // .ToPort // -1) as $to
  | $from == -1 or any(ports[]; . >= $from and . <= $to);
select((.errorCode // "") == "" and (.userIdentity.invokedBy? // "") == "")
| .requestParameters | objects
| (., (.ipPermissions? | values | items), (.ModifySecurityGroupRulesRequest? | objects | .SecurityGroupRule? | values | if type == "array" then .[] else . end | objects | .SecurityGroupRule? | objects))
| select(is_world and has_port)
