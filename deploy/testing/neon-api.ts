import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface StandInBranch {
  id: string;
  name: string;
  parent?: string;
  /** What it holds, as far as this stand-in goes: of which branch, as of when. */
  state: { of: string; at: string };
  /** Its owner's: Neon keeps one for each branch. */
  password: string;
}

interface Body {
  branch?: { name: string; parent_id: string; parent_timestamp?: string };
  source_branch_id?: string;
  source_timestamp?: string;
  preserve_under_name?: string;
}

export interface NeonApi {
  /** What leads our program here. */
  readonly env: Readonly<Record<string, string>>;
  readonly branches: StandInBranch[];
  /** The next operation ends so. */
  nextOperation: string;
  close(): Promise<void>;
}

/** A stand-in for Neon's API (neon.com/docs/reference/api) as far as branches, restores and passwords go. `host`: of the live branch; `password`: the first that is made, followed by others. */
export async function startNeonApi(host: string, password: string): Promise<NeonApi> {
  const live: StandInBranch = { id: 'br-live', name: 'live', state: { of: 'live', at: 'now' }, password: randomUUID() };
  const branches: StandInBranch[] = [
    { id: 'br-empty', name: 'empty', state: { of: 'empty', at: 'now' }, password: randomUUID() },
    live,
  ];
  let resets = 0;
  const operations = new Map<string, string[]>();
  const api = { branches, nextOperation: 'finished' };
  /** It runs when it is first looked at. */
  const begin = () => {
    const id = randomUUID();
    operations.set(id, ['running', api.nextOperation]);
    api.nextOperation = 'finished';
    return [{ id, status: 'scheduling' }];
  };
  const answer = (method: string, path: string, body: Body): [number, object] => {
    const [, id = '', rest = ''] = /^\/projects\/([^/?]+)(.*)$/.exec(path) ?? [];
    if (path.startsWith('/projects?')) {
      return [
        200,
        { projects: [{ id: 'p-1', name: 'nearcade-staging', history_retention_seconds: 86_400 }] },
      ];
    }
    if (id !== 'p-1') return [404, { message: 'project not found' }];
    if (rest === '/endpoints') {
      const others = branches.filter(one => one !== live).map(one => ({ host: `${one.name}.test`, branch_id: one.id }));
      return [200, { endpoints: [{ host, branch_id: live.id }, ...others] }];
    }
    const operation = operations.get(rest.replace('/operations/', ''));
    if (operation !== undefined) {
      const status = operation.length > 1 ? operation.shift() : operation[0];
      return [200, { operation: { id: rest, status } }];
    }
    if (rest === '/branches' && method === 'GET') return [200, { branches }];
    if (rest === '/branches' && body.branch !== undefined) {
      const { name, parent_id, parent_timestamp = 'now' } = body.branch;
      const made = {
        id: `br-${name}`,
        name,
        parent: parent_id,
        state: { of: parent_id, at: parent_timestamp },
        // The parent is protected.
        password: randomUUID(),
      };
      branches.push(made);
      return [
        201,
        { branch: made, endpoints: [{ host: `${name}.test`, branch_id: made.id }], operations: begin() },
      ];
    }
    const [, branchId, action = ''] = /^\/branches\/([^/]+)(.*)$/.exec(rest) ?? [];
    const branch = branches.find(one => one.id === branchId);
    if (branch === undefined) return [404, { message: 'branch not found' }];
    if (method === 'DELETE') {
      branches.splice(branches.indexOf(branch), 1);
      return [200, { operations: begin() }];
    }
    if (action === '/restore') {
      const { preserve_under_name: name, source_branch_id: of = '', source_timestamp: at } = body;
      if (of === branch.id && at === undefined) return [400, { message: 'source_timestamp is required' }];
      if (name !== undefined) branches.push({ ...branch, id: `br-${name}`, name });
      // That of then, which this stand-in does not know.
      branch.password = randomUUID();
      const source = branches.find(one => one.id === of);
      branch.state = at === undefined && source !== undefined ? source.state : { of, at: at ?? '' };
      return [200, { branch, operations: begin() }];
    }
    if (/^\/roles\/\w+\/reset_password$/.test(action)) {
      branch.password = resets++ === 0 ? password : `${password}-${resets}`;
      return [
        200,
        { role: { name: action.split('/')[2], password: branch.password }, operations: begin() },
      ];
    }
    return [404, { message: `the stand-in knows no ${method} ${path}` }];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const isKnown = request.headers.authorization === 'Bearer neon-key';
      const [status, body] = isKnown
        ? answer(request.method ?? '', request.url ?? '', text === '' ? {} : (JSON.parse(text) as Body))
        : [401, { message: 'no such key' }];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(api, {
    env: { NEON_API_URL: `http://127.0.0.1:${port}`, NEON_API_KEY: 'neon-key' },
    close: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
