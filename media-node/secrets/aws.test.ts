import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AwsSecrets } from './aws.ts';

/** Secrets Manager's JSON protocol, as far as GetSecretValue goes; the SDK in front of it is the real one. */
const server = createServer((request, response) => {
  let body = '';
  request.on('data', chunk => {
    body += chunk;
  });
  request.on('end', () => {
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const known = SecretId === 'nearcade/fleet-key';
    response.writeHead(known ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(
      JSON.stringify(known ? { SecretString: 'from aws' } : { __type: 'ResourceNotFoundException' }),
    );
  });
});

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', `http://127.0.0.1:${port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

it('gets a secret by prefix and name', async () => {
  const secrets = new AwsSecrets({ prefix: 'nearcade/', region: 'eu-central-1' });
  expect(await secrets.get('fleet-key')).toBe('from aws');
});

it('says which secret is missing', async () => {
  const secrets = new AwsSecrets({ prefix: 'other/', region: 'eu-central-1' });
  await expect(secrets.get('fleet-key')).rejects.toMatchObject({
    code: 'secret_missing',
    message: expect.stringContaining('other/fleet-key'),
  });
});
