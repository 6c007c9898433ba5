import { expect, it } from 'vitest';
import { declaredSecrets, isNeeded, PERMISSIONS } from './declared.ts';

it('says when a secret is needed', () => {
  const needed = (vars: Record<string, string>) =>
    declaredSecrets()
      .filter(({ facts }) => isNeeded(facts, vars))
      .map(({ setting }) => setting);
  expect(needed({})).toContain('DATABASE_URL');
  expect(needed({})).not.toContain('STRIPE_SECRET_KEY');
  expect(needed({ PAYMENTS: 'stripe' })).toContain('STRIPE_SECRET_KEY');
  expect(needed({})).not.toContain('acme-account');
  expect(needed({ 'node.acme.externalAccount': 'true' })).toContain('acme-account');
  expect(needed({ OIDC_CLIENT_ID: 'anything' })).toContain('OIDC_CLIENT_SECRET');
});

it('lets nodes read their own and nothing else, and operators alone write', () => {
  expect(PERMISSIONS.node).toEqual([{ secrets: 'node/*', actions: ['secretsmanager:GetSecretValue'] }]);
  const actions = PERMISSIONS.deployer.flatMap(statement => statement.actions);
  expect(new Set(actions)).toEqual(new Set(['secretsmanager:GetSecretValue']));
});
