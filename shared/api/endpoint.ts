import type { z } from 'zod';
import type { Permission } from '../roles.ts';

/**
 * Who may call. `public`: anybody. `refresh`: who has the refresh cookie. `player`: an access token. A permission: an
 * access token of an account whose role, as Postgres has it now, gives that. `registration`: the fleet's key. `node`: a
 * node's own token. `webhook`: a signed request, whose handler checks the signature itself.
 */
export type Access = 'public' | 'refresh' | 'player' | 'registration' | 'node' | 'webhook' | Permission;

/**
 * One route of the API: what the Worker serves, what /openapi.json says and what clients send are all made from it.
 * `path` is an OpenAPI template (`/v1/sessions/{id}`). No `response`: 204.
 */
export interface EndpointSpec {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  /** Needs an `Idempotency-Key` header: doing it twice answers the first result. */
  readonly idempotent?: true;
  /**
   * Of a player's act, which is asked for more often than people do anything: it is not asked first whether the sign-in still holds,
   * which an access token outlives by minutes. `within`: its own statement asks. `ended_too`: it only lets go of what the player has.
   */
  readonly signIn?: 'within' | 'ended_too';
  /** Of nodes: who has just called is not looked up again. Only for what has no effect when another start of the node has taken its place. */
  readonly remembered?: true;
  /** Has an ETag: a client that knows the answer already gets 304 (RFC 9110, 13.1.2). */
  readonly revalidate?: true;
  /** Switches to a WebSocket (RFC 6455): the handler answers the response itself. */
  readonly upgrade?: true;
  readonly params?: z.ZodObject;
  /** Fields come as text: use z.coerce for numbers. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status?: 200 | 201 | 202;
  /** Answers 302: the handler gives the address to go to. For browsers that follow it, not for `callApi`. */
  readonly redirect?: true;
  readonly response?: z.ZodType;
}

/** Keeps the exact types of its schemas. */
export function endpoint<const S extends EndpointSpec>(spec: S): S {
  return spec;
}

type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a caller gives: only the parts that the endpoint has. */
export type CallInput<S extends EndpointSpec> = (S['params'] extends z.ZodType
  ? { params: z.input<S['params']> }
  : object) &
  (S['query'] extends z.ZodType ? { query?: Partial<z.input<S['query']>> } : object) &
  (S['body'] extends z.ZodType ? { body: z.input<S['body']> } : object);

/** What a caller gets. */
export type CallOutput<S extends EndpointSpec> = Output<S['response']>;

/** What a handler gets, parsed. */
export interface HandlerInput<S extends EndpointSpec> {
  params: Output<S['params']>;
  query: Output<S['query']>;
  body: Output<S['body']>;
}

/** What a handler answers: the address of a redirect, the switch to a WebSocket, or the body; anything for a 204. */
export type HandlerOutput<S extends EndpointSpec> = S['redirect'] extends true
  ? string
  : S['upgrade'] extends true
    ? Response
    : S['response'] extends z.ZodType
      ? z.input<S['response']>
      : unknown;

/** The endpoint's address with `params` and `query` filled in. */
export function pathOf(
  spec: EndpointSpec,
  params: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, unknown>> = {},
): string {
  const path = spec.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}
