import type { Body, Field, TypeRef } from './schema.ts';
import type { Provider } from './schemas.ts';

/*
 * Providers whose schema no npm package has: the part that terraform/ uses, read from the providers' own documentation and source and
 * written down here. Whoever raises a version, or uses more of them, reads them again.
 *   kislerdm/neon 0.15.0: docs/resources/{project,branch,endpoint}.md of github.com/kislerdm/terraform-provider-neon at v0.15.0
 *   upstash/upstash 2.0.1: upstash/redis/database/resource.go of github.com/upstash/terraform-provider-upstash at v2.0.1
 */

type Use = Field['use'];

/** Attributes of one use: `name` is a string, `name: number` something else. */
function fields(use: Use, ...names: readonly string[]): Body {
  return Object.fromEntries(
    names.map(entry => {
      const [name = '', type = 'string'] = entry.split(': ');
      return [name, { type: TYPES[type] ?? 'any', use }];
    }),
  );
}

const TYPES: Readonly<Record<string, TypeRef>> = {
  string: 'string',
  number: 'number',
  bool: 'bool',
  strings: { list: 'string' },
};

/** A block that may come once; the provider keeps it as a list. */
const block = (body: string): Field => ({
  type: { list: { body } },
  use: 'optional',
  block: true,
  single: true,
});

export const BY_HAND: readonly Provider[] = [
  {
    source: 'kislerdm/neon',
    version: '0.15.0',
    settings: { root: 'Neon', bodies: { Neon: fields('optional', 'api_key') } },
    data: {},
    resource: {
      neon_project: {
        root: 'Project',
        bodies: {
          Project: {
            ...fields(
              'optional',
              'name',
              'org_id',
              'region_id',
              'pg_version: number',
              'history_retention_seconds: number',
              'default_branch_protected: bool',
              'store_password',
              'compute_provisioner',
              'allowed_ips: strings',
            ),
            branch: block('Branch'),
            default_endpoint_settings: block('Endpoint'),
            ...fields(
              'computed',
              'id',
              'default_branch_id',
              'default_endpoint_id',
              'database_name',
              'database_user',
              'database_host',
              'database_host_pooler',
              'database_password',
              'connection_uri',
              'connection_uri_pooler',
            ),
          },
          Branch: {
            ...fields('optional', 'name', 'database_name', 'role_name'),
            ...fields('computed', 'id'),
          },
          Endpoint: {
            ...fields(
              'optional',
              'autoscaling_limit_min_cu: number',
              'autoscaling_limit_max_cu: number',
              'suspend_timeout_seconds: number',
            ),
            ...fields('computed', 'id'),
          },
        },
      },
      neon_branch: {
        root: 'Branch',
        bodies: {
          Branch: {
            ...fields('required', 'project_id'),
            ...fields('optional', 'name', 'parent_id', 'protected'),
            ...fields('computed', 'id', 'logical_size: number'),
          },
        },
      },
      neon_endpoint: {
        root: 'Endpoint',
        bodies: {
          Endpoint: {
            ...fields('required', 'project_id', 'branch_id'),
            ...fields(
              'optional',
              'type',
              'autoscaling_limit_min_cu: number',
              'autoscaling_limit_max_cu: number',
              'suspend_timeout_seconds: number',
            ),
            ...fields('computed', 'id', 'host'),
          },
        },
      },
    },
  },
  {
    source: 'upstash/upstash',
    version: '2.0.1',
    settings: { root: 'Upstash', bodies: { Upstash: fields('required', 'email', 'api_key') } },
    data: {},
    resource: {
      upstash_redis_database: {
        root: 'Database',
        bodies: {
          Database: {
            ...fields('required', 'database_name', 'region'),
            ...fields(
              'optional',
              'primary_region',
              'read_regions: strings',
              'tls: bool',
              'eviction: bool',
              'auto_scale: bool',
              'budget: number',
              'ip_allowlist: strings',
            ),
            ...fields(
              'computed',
              'id',
              'database_id',
              'endpoint',
              'port: number',
              'password',
              'rest_token',
              'read_only_rest_token',
            ),
          },
        },
      },
    },
  },
];

/** What Terraform has by itself, in the provider that no module names: `terraform_data`, the resource that is kept in the state alone. */
export const BUILT_IN: Pick<Provider, 'data' | 'resource'> = {
  data: {},
  resource: {
    terraform_data: {
      root: 'Data',
      bodies: {
        Data: {
          ...fields('optional', 'input: any', 'triggers_replace: any'),
          ...fields('computed', 'id', 'output: any'),
        },
      },
    },
  },
};
