import { z } from 'zod';

/** Our clients say who they are in this header, `web/1.2.3`, so that one that is too old can be told. Others need not. */
export const CLIENT_HEADER = 'nearcade-client';

/** The web app of this release. Raised with each that an older page does not get on with. */
export const WEB_CLIENT = { name: 'web', version: '0.1.0' } as const;

export const clientNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'small letters, digits and dashes');

/** Three numbers: major, minor, patch. */
export const clientVersionSchema = z
  .string()
  .regex(/^(0|[1-9]\d{0,5})(\.(0|[1-9]\d{0,5})){2}$/, 'three numbers, as in 1.2.3');

const clientSchema = z.object({ name: clientNameSchema, version: clientVersionSchema });
export type Client = z.infer<typeof clientSchema>;

/** The client that a header names; undefined when it names none. */
export function parseClient(header: string | undefined): Client | undefined {
  if (header === undefined) return undefined;
  const [name, version, ...rest] = header.split('/');
  const parsed = clientSchema.safeParse({ name, version });
  return parsed.success && rest.length === 0 ? parsed.data : undefined;
}

/** Whether `version` came before `minimum`. */
export function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map(text => text.split('.').map(Number)) as [number[], number[]];
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
