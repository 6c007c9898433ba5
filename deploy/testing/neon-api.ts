import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NeonClusters } from './neon-clusters.ts';

/** Whose the stand-in's project is. */
export const ORGANIZATION = 'org-quiet-sun-12345678';

/** A key of the organization's, and one of a person's, who is in several. */
const KEYS = ['neon-key', 'personal-key'];

export interface StandInBranch {
  id: string;
  name: string;
  parent_id?: string;
  protected: boolean;
  /** What it holds, where no Postgres is behind it: of which branch, as of when. */
  state: { of: string; at: string };
}

interface Body {
  branch?: { name?: string; parent_id?: string; parent_timestamp?: string; protected?: boolean };
  endpoint?: { branch_id: string };
  source_branch_id?: string;
  source_timestamp?: string;
  preserve_under_name?: string;
}

type Answer = [status: number, body: object];

export interface NeonApi {
  /** What leads our program here. */
  readonly env: Readonly<Record<string, string>>;
  readonly branches: StandInBranch[];
  /** The next operations end so, those after them `finished`. */
  readonly endings: string[];
  /** So many changes are refused since something else is under way. */
  busyFor: number;
  close(): Promise<void>;
}

/**
 * A stand-in for Neon's API (neon.com/docs/reference/api) as far as branches, restores and passwords go. `passwords`: those that it makes, in
 * turn, at last with a number. `clusters`: the Postgres behind each branch, else `host` is the live one's and there is none.
 */
export async function startNeonApi({
  host = 'db.example.org',
  password = 'new-password',
  clusters,
}: {
  host?: string;
  password?: string;
  clusters?: NeonClusters;
}): Promise<NeonApi> {
  const branches: StandInBranch[] = [
    { id: 'br-empty', name: 'empty', protected: true, state: { of: 'empty', at: 'now' } },
    {
      id: LIVE_ID,
      name: 'live',
      parent_id: 'br-empty',
      protected: true,
      state: { of: 'live', at: 'now' },
    },
  ];
  let resets = 0;
  const operations = new Map<string, { statuses: string[]; effect: () => Promise<void> }>();
  const api = { branches, endings: [] as string[], busyFor: 0 };

  /** What it is for is there when it is seen to have finished: with nothing behind it that takes time, at the second look. */
  const begin = (effect: () => Promise<void> = async () => {}) => {
    const id = randomUUID();
    operations.set(id, {
      statuses: [...(clusters === undefined ? ['running'] : []), api.endings.shift() ?? 'finished'],
      effect,
    });
    return [{ id, status: 'scheduling' }];
  };
  const look = async (
    id: string,
    { statuses, effect }: { statuses: string[]; effect: () => Promise<void> },
  ) => {
    const status = statuses.length > 1 ? statuses.shift() : statuses[0];
    if (status === 'finished') {
      operations.set(id, { statuses: ['finished'], effect: async () => {} });
      await effect();
    }
    return { operation: { id, status } };
  };

  const projects = (query: URLSearchParams, key: string): Answer => {
    const organization = query.get('org_id');
    if (key === 'personal-key' && organization === null) {
      return [400, { message: 'org_id is required, you can find it on your organization settings page' }];
    }
    const found = organization === null || organization === ORGANIZATION ? [PROJECT] : [];
    return [200, { projects: found }];
  };
  const hostOf = (id: string) =>
    clusters === undefined ? (id === LIVE_ID ? host : `${id}.test`) : clusters.host(id);
  const endpoints = () =>
    branches.flatMap(({ id }) => {
      const host = hostOf(id);
      return host === undefined ? [] : [{ host, branch_id: id }];
    });
  const makeBranch = ({
    name = '',
    parent_id = '',
    parent_timestamp: at,
  }: NonNullable<Body['branch']>): Answer => {
    const id = `br-${name}`;
    const branch = { id, name, parent_id, protected: false, state: { of: parent_id, at: at ?? 'now' } };
    branches.push(branch);
    const effect = async () => clusters?.branch(id, parent_id, at);
    return [201, { branch, endpoints: [{ host: 'made', branch_id: id }], operations: begin(effect) }];
  };
  const restore = (branch: StandInBranch, body: Body): Answer => {
    const { preserve_under_name: name, source_branch_id: of = '', source_timestamp: at } = body;
    if (of === branch.id && at === undefined) return [400, { message: 'source_timestamp is required' }];
    if (name === undefined) return [400, { message: 'preserve_under_name is required' }];
    if (branches.some(one => one.name === name)) return [409, { message: 'the branch exists already' }];
    if (branch.protected && of === branch.parent_id) return [422, { message: 'the branch is protected' }];
    const source = branches.find(one => one.id === of);
    const kept = `br-${name}`;
    const effect = async () => {
      branches.push({ ...branch, id: kept, name, protected: false });
      branch.state = at === undefined && source !== undefined ? source.state : { of, at: at ?? '' };
      branch.parent_id = kept;
      await clusters?.restore(branch.id, of, at, kept);
    };
    return [200, { branch, operations: begin(effect) }];
  };
  const resetPassword = (branch: StandInBranch, role: string): Answer => {
    const made = resets++ === 0 ? password : `${password}-${resets}`;
    const effect = async () => clusters?.setPassword(branch.id, role, made);
    return [200, { role: { name: role, password: made }, operations: begin(effect) }];
  };
  const remove = (branch: StandInBranch): Answer => {
    if (branch.protected) return [422, { message: 'the branch is protected' }];
    if (branches.some(({ parent_id }) => parent_id === branch.id))
      return [422, { message: 'the branch has children' }];
    branches.splice(branches.indexOf(branch), 1);
    return [200, { operations: begin(async () => clusters?.remove(branch.id)) }];
  };

  const answer = async (method: string, url: URL, body: Body, key: string): Promise<Answer> => {
    if (url.pathname === '/projects') return projects(url.searchParams, key);
    const [, id, rest = ''] = /^\/projects\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
    if (id !== PROJECT.id) return [404, { message: 'project not found' }];
    const operationId = rest.replace('/operations/', '');
    const operation = operations.get(operationId);
    if (operation !== undefined) return [200, await look(operationId, operation)];
    if (method !== 'GET' && api.busyFor > 0) {
      api.busyFor -= 1;
      return [423, { message: 'project already has running conflicting operations' }];
    }
    if (rest === '/endpoints' && body.endpoint !== undefined) {
      const { branch_id } = body.endpoint;
      return [201, { endpoint: { branch_id }, operations: begin(async () => clusters?.wake(branch_id)) }];
    }
    if (rest === '/endpoints') return [200, { endpoints: endpoints() }];
    if (rest === '/branches' && method === 'GET') return [200, { branches }];
    if (rest === '/branches' && body.branch !== undefined) return makeBranch(body.branch);
    const [, branchId, action = ''] = /^\/branches\/([^/]+)(.*)$/.exec(rest) ?? [];
    const branch = branches.find(one => one.id === branchId);
    if (branch === undefined) return [404, { message: 'branch not found' }];
    if (method === 'DELETE') return remove(branch);
    if (method === 'PATCH') {
      branch.protected = body.branch?.protected ?? branch.protected;
      return [200, { branch, operations: [] }];
    }
    if (action === '/restore') return restore(branch, body);
    const [, role] = /^\/roles\/(\w+)\/reset_password$/.exec(action) ?? [];
    if (role !== undefined) return resetPassword(branch, role);
    return [404, { message: `the stand-in knows no ${method} ${url.pathname}` }];
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
      const url = new URL(request.url ?? '', 'http://neon');
      const asked = KEYS.includes(key)
        ? answer(request.method ?? '', url, text === '' ? {} : (JSON.parse(text) as Body), key)
        : Promise.resolve<Answer>([401, { message: 'no such key' }]);
      void asked
        .catch((error: unknown): Answer => [500, { message: String(error) }])
        .then(([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        });
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

export const LIVE_ID = 'br-live';
const PROJECT = { id: 'p-1', name: 'nearcade-staging', history_retention_seconds: 86_400 };
