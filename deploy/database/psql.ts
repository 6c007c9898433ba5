import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { NearcadeError } from '#shared/errors.ts';

/** Debian's list of authorities (ca-certificates), which its libpq does not find by itself. */
const AUTHORITIES = '/etc/ssl/certs/ca-certificates.crt';

/** Opens psql on a database for who sits at the terminal; its password is in no argument. Throws `config_invalid` where there is no psql, `service_failed`. */
export async function openPsql(url: URL, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('psql', [], {
    stdio: 'inherit',
    env: {
      ...env,
      PGHOST: url.hostname,
      PGPORT: url.port === '' ? '5432' : url.port,
      PGDATABASE: url.pathname.slice(1),
      PGUSER: decodeURIComponent(url.username),
      PGPASSWORD: decodeURIComponent(url.password),
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: env.PGSSLROOTCERT ?? AUTHORITIES,
    },
  });
  try {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new NearcadeError('service_failed', `psql ended with ${code}.`);
  } catch (cause) {
    if (cause instanceof NearcadeError) throw cause;
    throw new NearcadeError('config_invalid', 'There is no psql here: apt-get install postgresql-client.', {
      cause,
    });
  }
}
