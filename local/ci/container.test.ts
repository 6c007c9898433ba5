import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadEnvironment } from '#deploy/environment.ts';
import { serviceApi } from '#shared/api/service.ts';
import { ROOT } from '../paths.ts';
import { parseStartOptions, USAGE } from '../start-options.ts';

// No container engine is needed here: what the files name has to be there, and what they say has to be what the programs read.

/** What we use of the Compose specification (github.com/compose-spec/compose-spec), and nothing that it does not have. */
const composeSchema = z.strictObject({
  name: z.string(),
  services: z.strictObject({
    nearcade: z.strictObject({
      build: z.literal('.'),
      image: z.string(),
      init: z.literal(true),
      network_mode: z.literal('host'),
      environment: z.record(z.string(), z.string()),
      cap_add: z.array(z.string()),
      security_opt: z.array(z.string()),
      devices: z.array(z.string()),
      shm_size: z.string().regex(/^\d+m$/),
      volumes: z.array(z.string()),
      stop_grace_period: z.string().regex(/^\d+s$/),
      healthcheck: z.strictObject({
        test: z.tuple([z.literal('CMD'), z.string()], z.string()),
        interval: z.string(),
        timeout: z.string(),
        start_period: z.string(),
        retries: z.int(),
      }),
      restart: z.literal('unless-stopped'),
    }),
  }),
  volumes: z.record(z.string(), z.null()),
});

const textOf = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const compose = composeSchema.parse(parse(textOf('compose.yaml')));
const service = compose.services.nearcade;

/** The Dockerfile's instructions, each with what it says. */
const instructions = textOf('Dockerfile')
  .split('\n')
  .filter(line => line !== '' && !line.startsWith('#'))
  .map(line => /^([A-Z]+) (.*)$/.exec(line) ?? [])
  .map(([, name = '', said = '']) => ({ name, said }));
const said = (name: string) => instructions.filter(one => one.name === name).map(one => one.said);

/** As Compose does it: `${NAME:-default}` takes what the shell has, `$$` is one dollar. */
const interpolated = (text: string) =>
  text.replace(/\$\$|\$\{\w+:-([^}]*)\}/g, (all, fallback: string | undefined) =>
    all === '$$' ? '$' : (fallback ?? ''),
  );

describe('the Dockerfile', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(textOf('package.json')));

  it('begins at Debian 12 and runs what is there', () => {
    expect(said('FROM')).toEqual(['debian:12']);
    expect(said('COPY')).toEqual(['. .']);
    const [first = '', ...others] = said('RUN');
    const [install = '', option, parts = ''] = first.split(' ');
    accessSync(join(ROOT, install), constants.X_OK);
    expect(option).toBe('--parts');
    const all = /^ALL_PARTS=\((.*)\)$/m.exec(textOf(install))?.[1]?.split(' ') ?? [];
    for (const part of parts.split(',')) expect(all).toContain(part);
    expect(others).toEqual(['npm run setup']);
    expect(scripts.setup).toBeDefined();
  });

  it('starts the platform by the program that npm start runs', () => {
    const [command = '[]'] = said('CMD');
    expect(z.array(z.string()).parse(JSON.parse(command)).join(' ')).toBe(scripts.start);
  });

  it('takes in everything but what is made, kept or only read', () => {
    const left = textOf('.dockerignore')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    expect(left).toEqual(['.git', '.github', '.nearcade', 'node_modules', '**/node_modules', 'docs/*.jpg']);
  });
});

describe('compose.yaml', () => {
  it('keeps what the platform keeps in a volume of its own', () => {
    const [workdir = ''] = said('WORKDIR');
    const kept = `${workdir}/.nearcade`;
    expect(isAbsolute(workdir)).toBe(true);
    expect(said('VOLUME')).toEqual([kept]);
    expect(service.volumes).toEqual([`data:${kept}`]);
    expect(Object.keys(compose.volumes)).toEqual(['data']);
  });

  it('sets what npm start reads, to what it takes by itself', () => {
    const env = Object.fromEntries(
      Object.entries(service.environment).map(([name, value]) => [name, interpolated(value)]),
    );
    for (const name of Object.keys(env)) expect(USAGE).toContain(name);
    expect(parseStartOptions([], env)).toEqual(parseStartOptions([], {}));
  });

  it('gives it longer to end than the players get to finish', () => {
    const { drainSeconds } = loadEnvironment('local').node;
    // Beside the drain: the node's own margin, and what Worker and Postgres may take (local/services).
    const others = 15 + 8 + 10;
    expect(Number.parseInt(service.stop_grace_period, 10)).toBeGreaterThan(drainSeconds + others);
  });

  it('names capabilities as the kernel has them', () => {
    const known = spawnSync('setpriv', ['--list-caps'], { encoding: 'utf8' }).stdout.split('\n');
    for (const name of service.cap_add) expect(known).toContain(name.toLowerCase());
  });

  it('takes the platform for healthy when it says that it is ready, and only then', async () => {
    const [, program, ...args] = service.healthcheck.test.map(interpolated);
    let status = 200;
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const check = async () => {
      expect(program).toBe('node');
      const child = spawn(process.execPath, args, { env: { NEARCADE_PORT: String(port) } });
      const [code] = await once(child, 'exit');
      return code;
    };
    expect(await check()).toBe(0);
    status = 503;
    expect(await check()).toBe(1);
    expect(new Set(asked)).toEqual(new Set([serviceApi.ready.path]));
    server.close();
    await once(server, 'close');
    expect(await check()).toBe(1);
  });
});
