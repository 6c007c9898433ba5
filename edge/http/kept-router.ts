import { MESSAGE_MATCHER_IS_ALREADY_BUILT, type Result, type Router } from 'hono/router';
import { TrieRouter } from 'hono/router/trie-router';

/**
 * Hono's TrieRouter, which keeps what it has found for paths without parameters: most requests go to those, and the search took a twentieth
 * of a read. Hono's RegExpRouter needs no search, but takes no API in which `/sessions/current` stands beside `/sessions/:id`.
 */
export class KeptRouter<T> implements Router<T> {
  readonly name = 'KeptRouter';
  readonly #routes = new TrieRouter<T>();
  /** By method, then by path; undefined until it was first asked for. Only what was added, so that no client makes it grow. */
  readonly #fixed = new Map<string, Map<string, Result<T> | undefined>>();
  #isAsked = false;

  add(method: string, path: string, handler: T): void {
    if (this.#isAsked) throw new Error(MESSAGE_MATCHER_IS_ALREADY_BUILT);
    this.#routes.add(method, path, handler);
    if (/[:*]/.test(path)) return;
    const paths = this.#fixed.get(method) ?? new Map<string, undefined>();
    this.#fixed.set(method, paths.set(path, undefined));
  }

  match(method: string, path: string): Result<T> {
    const fixed = this.#fixed.get(method);
    const known = fixed?.get(path);
    if (known !== undefined) return known;
    this.#isAsked = true;
    const found = this.#routes.match(method, path);
    if (fixed?.has(path) === true) fixed.set(path, found);
    return found;
  }
}
