import type { JSX } from 'preact';
import { type AuditEntry, type AuditQuery, adminAuditApi } from '#shared/api/admin.ts';
import { useServices } from '../ui/services-context.ts';
import { PagesTable, When } from './pages-table.tsx';
import { usePages } from './use-pages.ts';

export function AuditSection(): JSX.Element {
  return <AuditTable query={{}} />;
}

/** The audit log, or what of it `query` asks for. */
export function AuditTable({ query }: { query: Partial<AuditQuery> }): JSX.Element {
  const { api } = useServices();
  const pages = usePages('', page => api.call(adminAuditApi.audit, { query: { ...query, ...page } }));
  return (
    <PagesTable
      pages={pages}
      testId="audit-entries"
      keyOf={({ id }) => id}
      columns={['When', 'Who', 'What', 'To', 'Why', 'Outcome', 'Changes']}
      row={entry => [
        <When key="at" at={entry.at} />,
        entry.actor.displayName,
        entry.act,
        <span key="target" class="admin-id">
          {entry.target.kind} {entry.target.id}
        </span>,
        entry.reason,
        entry.error === null ? entry.outcome : `${entry.outcome}: ${entry.error}`,
        <Changes key="changes" entry={entry} />,
      ]}
    />
  );
}

/** What is not the same before and after. */
function Changes({ entry: { before, after } }: { entry: AuditEntry }): JSX.Element {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  const changed = names.filter(name => text(before?.[name]) !== text(after?.[name]));
  return (
    <ul class="admin-changes">
      {changed.map(name => (
        <li key={name}>
          {name}: {text(before?.[name])} → {text(after?.[name])}
        </li>
      ))}
    </ul>
  );
}

function text(value: unknown): string {
  if (value === undefined || value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
