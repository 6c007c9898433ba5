import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createApp } from '#edge/app.ts';
import { call } from '#edge/testing/platform.ts';
import { ENDPOINTS } from '#shared/api/index.ts';

const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        summary: z.string(),
        security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
        parameters: z
          .array(z.looseObject({ name: z.string(), in: z.string(), schema: z.looseObject({}) }))
          .optional(),
        responses: z.record(z.string(), z.looseObject({ description: z.string() })),
      }),
    ),
  ),
  components: z.looseObject({ securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })) }),
});

/** Pages, and the document itself. */
const UNDOCUMENTED = ['GET /openapi.json', 'GET /docs', 'GET /docs/start.js', 'GET /outbox'];

const EXPECTED = ENDPOINTS.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort();

async function readDocument() {
  const response = await call('GET', '/openapi.json');
  expect(response.status).toBe(200);
  return documentSchema.parse(await response.json());
}

describe('the OpenAPI document', () => {
  it('has every route, and no other', async () => {
    const { paths } = await readDocument();
    const documented = Object.entries(paths)
      .flatMap(([path, item]) => Object.keys(item).map(method => `${method.toUpperCase()} ${path}`))
      .sort();
    expect(documented).toEqual(EXPECTED);
    const served = createApp()
      .routes.filter(route => route.method !== 'ALL')
      .map(route => `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1')}`);
    expect([...new Set(served)].sort()).toEqual([...EXPECTED, ...UNDOCUMENTED].sort());
  });

  it('refers only to what it has', async () => {
    const document = await readDocument();
    const text = JSON.stringify(document);
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
      expect(document.components.schemas).toHaveProperty([name ?? '']);
    }
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const where = `${method} ${path}`;
        for (const scheme of (operation.security ?? []).flatMap(Object.keys)) {
          expect(document.components.securitySchemes, where).toHaveProperty(scheme);
        }
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const parameters = (operation.parameters ?? []).filter(parameter => parameter.in === 'path');
        expect(
          parameters.map(parameter => parameter.name),
          where,
        ).toEqual(inPath);
        expect(Object.keys(operation.responses), where).toEqual(expect.arrayContaining(['4XX', '5XX']));
      }
    }
  });

  it('asks for the idempotency key where a request makes something', async () => {
    const { paths } = await readDocument();
    const idempotent = ENDPOINTS.filter(spec => spec.idempotent === true);
    expect(idempotent.length).toBeGreaterThan(1);
    for (const { method, path } of idempotent) {
      const names = paths[path]?.[method]?.parameters?.map(parameter => parameter.name);
      expect(names, path).toContain('idempotency-key');
    }
  });

  it('has a page without inline script', async () => {
    const response = await call('GET', '/docs');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    const page = await response.text();
    expect(page).toContain('/swagger/swagger-ui-bundle.js');
    expect(page).not.toMatch(/<script>/);
    const script = await call('GET', '/docs/start.js');
    expect(script.headers.get('content-type')).toContain('text/javascript');
    expect(await script.text()).toContain('/openapi.json');
  });
});
