import { NearcadeError } from '#shared/errors.ts';

/** What Secrets Manager calls it when somebody may not, or when it does not know who asks (its API reference, Common Errors). */
const DENIED = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'CredentialsProviderError',
  'DecryptionFailure',
  'EncryptionFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'NotAuthorized',
  'OptInRequired',
  'UnrecognizedClientException',
]);

/** There is none; or none that may be used: it is to be deleted. */
const MISSING = new Set(['ResourceNotFoundException', 'InvalidRequestException']);

/** "User: arn:aws:sts::1:assumed-role/node/i-1 is not authorized to perform: ...": who asked, as AWS saw them. */
const WHO = /User: (arn:[\w:/+=,.@-]{1,256})/;

/**
 * What the SDK threw, as one sentence with a code. Nothing of the request or the answer goes along, since either may hold the secret:
 * a parser's message quotes what it could not read.
 */
export function asRefusal(error: unknown, id: string, region: string): NearcadeError {
  const { name, message } = error instanceof Error ? error : new Error('unknown');
  const place = `Secrets Manager in ${region}`;
  if (MISSING.has(name)) {
    return new NearcadeError('secret_missing', `The secret ${id} is not in ${place}, or has no value yet`);
  }
  if (DENIED.has(name)) {
    const who = WHO.exec(message)?.[1] ?? 'this machine or person (no role, or credentials that have ended)';
    return new NearcadeError('secret_denied', `${who} may not use the secret ${id} in ${place} (${name})`);
  }
  return new NearcadeError('secrets_unreachable', `${place} did not answer for the secret ${id} (${name})`);
}
