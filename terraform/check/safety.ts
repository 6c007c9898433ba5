import { literalText, type Node, nodesOf } from './expression.ts';
import type { Finding } from './module.ts';
import type { ModuleScope } from './scope.ts';
import type { Attribute, Block, Body } from './source.ts';

/** What anybody may reach: signalling by TLS, and WebRTC (media-node/config.ts). */
const OPEN = ['tcp 443-443', 'udp 40000-49999', 'tcp 40000-49999'];
const ANYBODY = /^(0\.0\.0\.0\/0|::\/0)$/;

/** Resources that keep a secret's value in Terraform's state, and whose work is done without them. */
const KEEP_SECRETS: Readonly<Record<string, string>> = {
  aws_secretsmanager_secret_version: 'npm run secrets puts values in',
  aws_ssm_parameter: 'secrets are in Secrets Manager',
  aws_iam_access_key: 'make the key by hand (docs/runbook/first-deploy.md)',
  aws_iam_user_login_profile: 'make it by hand',
  cloudflare_api_token: 'make the token by hand (docs/runbook/first-deploy.md)',
  cloudflare_account_token: 'make the token by hand (docs/runbook/first-deploy.md)',
  neon_role: 'Neon makes roles with each branch, and SQL others',
  neon_api_key: 'make the key by hand',
  tls_private_key: 'make the key where it is used',
  random_password: 'make the password where it is used',
};

/** Attributes that are secrets, whatever resource has them. */
const SECRET_ATTRIBUTES = [
  'password',
  'database_password',
  'connection_uri',
  'connection_uri_pooler',
  'rest_token',
  'read_only_rest_token',
  'secret',
  'secret_string',
  'private_key',
];

/** Text that is a secret by its look: keys of AWS, private keys, addresses with a password, long random text. */
const SECRET_TEXT = [
  /\bA(KIA|SIA)[A-Z0-9]{16}\b/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b[a-z]+:\/\/[^/\s:@"]+:[^/\s:@"${]+@/,
  /\b(napi|sk_live|rk_live|whsec)_\w{8,}/,
];
const SECRET_NAME = /(^|_)(secret|token|password|api_key|private_key)$/;

/** What we do not allow ourselves, whatever the providers would take. */
export function checkSafety(scope: ModuleScope, tell: (finding: Finding) => void): void {
  for (const block of scope.module.blocks) {
    const [first = '', second = ''] = block.labels;
    const say = (message: string, at: { file: string; line: number } = block) =>
      tell({ file: at.file, line: at.line, message });
    for (const attribute of attributesOf(block.body)) checkText(attribute, say);
    if (block.type === 'variable') checkDefault(first, block, say);
    if (block.type === 'output') checkOutput(first, block, say);
    if (block.type === 'data' && first === 'aws_iam_policy_document') checkTopicPolicy(second, block, say);
    if (block.type !== 'resource') continue;
    const instead = KEEP_SECRETS[first];
    if (instead !== undefined) say(`${first}.${second} keeps its value in Terraform's state: ${instead}`);
    checkPorts(block, say);
    if (first === 'aws_launch_template') checkMetadata(block, say);
  }
}

type Say = (message: string, at?: { file: string; line: number }) => void;

function* attributesOf(body: Body): Generator<Attribute> {
  yield* body.attributes.values();
  for (const block of body.blocks) yield* attributesOf(block.body);
}

function checkText(attribute: Attribute, say: Say): void {
  if (SECRET_TEXT.some(pattern => pattern.test(attribute.value.text))) {
    say(`${attribute.name} holds what looks like a secret`, attribute);
  }
}

function checkDefault(name: string, block: Block, say: Say): void {
  const value = block.body.attributes.get('default');
  if (!SECRET_NAME.test(name)) return;
  if (value !== undefined && value.value.text !== 'null')
    say(`variable ${name} has a secret as its default`, value);
  if (block.body.attributes.get('ephemeral')?.value.text !== 'true') {
    say(`variable ${name} is not ephemeral: its value would be in plans`);
  }
}

function checkOutput(name: string, block: Block, say: Say): void {
  const value = block.body.attributes.get('value');
  if (value === undefined) return;
  const shows = (node: Node) =>
    node.meta?.traversal?.slice(1).some(({ segment }) => SECRET_ATTRIBUTES.includes(segment)) === true;
  if ([...nodesOf(value.value.node)].some(shows)) say(`output ${name} shows a secret`, value);
}

/** Rules of a security group, as a resource of their own or as blocks of the group. */
function checkPorts(block: Block, say: Say): void {
  const [type = '', name = ''] = block.labels;
  const text = (body: Body, attribute: string) => {
    const value = body.attributes.get(attribute)?.value;
    return value === undefined ? '' : (literalText(value.node) ?? value.text);
  };
  const check = (rule: Body, protocol: string, at: { file: string; line: number }) => {
    const from = ['cidr_ipv4', 'cidr_ipv6', 'cidr_blocks', 'ipv6_cidr_blocks'].map(source =>
      text(rule, source),
    );
    const isForAnybody = from.some(list => list.split(/[[\]",\s]+/).some(source => ANYBODY.test(source)));
    const port = `${text(rule, protocol)} ${text(rule, 'from_port')}-${text(rule, 'to_port')}`;
    if (isForAnybody && !OPEN.includes(port)) {
      say(`${type}.${name} opens ${port} to anybody: only ${OPEN.join(' and ')} may be`, at);
    }
  };
  if (type === 'aws_vpc_security_group_ingress_rule') check(block.body, 'ip_protocol', block);
  if (type === 'aws_security_group_rule' && text(block.body, 'type') === 'ingress')
    check(block.body, 'protocol', block);
  if (type !== 'aws_security_group' && type !== 'aws_default_security_group') return;
  for (const inner of block.body.blocks) if (inner.type === 'ingress') check(inner.body, 'protocol', inner);
}

/** A program that is made to fetch addresses must not get at the instance's role. */
function checkMetadata(block: Block, say: Say): void {
  const options = block.body.blocks.find(({ type }) => type === 'metadata_options')?.body.attributes;
  if (options?.get('http_tokens')?.value.text !== '"required"')
    say('instance metadata has to want tokens (IMDSv2)');
  if (options?.get('http_put_response_hop_limit')?.value.text !== '1') {
    say('instance metadata must not answer further than this machine');
  }
}

/** EventBridge publishes to a topic of SNS under no condition: with one its messages are dropped without a word. */
function checkTopicPolicy(name: string, block: Block, say: Say): void {
  const texts = ({ attributes }: Body, attribute: string) => attributes.get(attribute)?.value.text ?? '';
  for (const { type, body, line, file } of block.body.blocks) {
    if (type !== 'statement' || !/"sns:(Publish|\*)"/i.test(texts(body, 'actions'))) continue;
    const isForEvents = body.blocks.some(
      inner =>
        inner.type === 'principals' && texts(inner.body, 'identifiers').includes('events.amazonaws.com'),
    );
    if (isForEvents && body.blocks.some(inner => inner.type === 'condition')) {
      say(`${name}: EventBridge may not publish to SNS under a condition`, { file, line });
    }
  }
}
