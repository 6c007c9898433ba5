import type { Mistake } from './mistake.ts';

const NETWORK = 'modules/aws-region/network.tf';
const ALARMS = 'modules/aws-region/alarms.tf';
const NODE = 'modules/aws-region/node.tf';
const NEON = 'modules/neon/main.tf';
const STAGING = 'environments/staging/main.tf';

/** What we do not allow ourselves. */
export const SAFETY: Mistake[] = [
  [
    'a port that is open to all',
    NETWORK,
    'from_port         = 443\n  to_port           = 443',
    'from_port         = 22\n  to_port           = 22',
    'resource "aws_vpc_security_group_ingress_rule" "signalling"',
    'aws_vpc_security_group_ingress_rule.signalling opens tcp 22-22 to anybody: only tcp 443-443 and udp 40000-49999 and tcp 40000-49999 may be',
  ],
  [
    'a wider range of ports',
    NETWORK,
    '"udp"\n  from_port         = 40000',
    '"udp"\n  from_port         = 1024',
    'resource "aws_vpc_security_group_ingress_rule" "rtc"',
    'aws_vpc_security_group_ingress_rule.rtc opens udp 1024-49999 to anybody: only tcp 443-443 and udp 40000-49999 and tcp 40000-49999 may be',
  ],
  [
    'a port that is opened within the group',
    NETWORK,
    '  lifecycle {\n    create_before',
    '  ingress {\n    protocol = "tcp"\n    from_port = 9464\n    to_port = 9464\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n\n  lifecycle {\n    create_before',
    '  lifecycle {\n    create_before',
    'aws_security_group.node opens tcp 9464-9464 to anybody: only tcp 443-443 and udp 40000-49999 and tcp 40000-49999 may be',
  ],
  [
    "a secret as a variable's default",
    'environments/staging/variables.tf',
    '  ephemeral   = true',
    '  default = "letmein"\n  ephemeral = true',
    '  ephemeral   = true',
    'variable upstash_api_key has a secret as its default',
  ],
  [
    'a secret that would be in plans',
    'environments/staging/variables.tf',
    '  ephemeral   = true\n',
    '',
    'variable "upstash_api_key"',
    'variable upstash_api_key is not ephemeral: its value would be in plans',
  ],
  [
    'an access key in the text',
    STAGING,
    'budget_type  = "COST"',
    'budget_type  = "AKIAABCDEFGHIJKLMNOP"',
    'budget_type',
    'budget_type holds what looks like a secret',
  ],
  [
    'an address with a password in the text',
    STAGING,
    'budget_type  = "COST"',
    'budget_type  = "postgres://a:b@c/d"',
    'budget_type',
    'budget_type holds what looks like a secret',
  ],
  [
    'an output that shows a secret',
    'modules/upstash/outputs.tf',
    'upstash_redis_database.this.database_id',
    'upstash_redis_database.this.rest_token',
    '  value       = upstash_redis_database.this.database_id',
    'output database_id shows a secret',
  ],
  [
    'a resource that keeps a secret in the state',
    NEON,
    'resource "neon_endpoint" "live" {',
    'resource "neon_role" "live" {',
    'resource "neon_endpoint" "live" {',
    "neon_role.live keeps its value in Terraform's state: Neon makes roles with each branch, and SQL others",
  ],
  [
    'instance metadata without tokens',
    NODE,
    '"required"',
    '"optional"',
    'resource "aws_launch_template"',
    'instance metadata has to want tokens (IMDSv2)',
  ],
  [
    'instance metadata for who is further away',
    NODE,
    'hop_limit = 1',
    'hop_limit = 2',
    'resource "aws_launch_template"',
    'instance metadata must not answer further than this machine',
  ],
  [
    'EventBridge under a condition that it never fulfils',
    ALARMS,
    '["cloudwatch.amazonaws.com"]',
    '["cloudwatch.amazonaws.com", "events.amazonaws.com"]',
    '  statement {\n    sid       = "Alarms"',
    'alarms: EventBridge may not publish to SNS under a condition',
  ],
];
