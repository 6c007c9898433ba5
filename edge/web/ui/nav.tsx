import type { JSX } from 'preact';
import type { Route } from '../app/router.ts';
import { Icon, type IconName } from './icons.tsx';
import { Link } from './link.tsx';
import { useServices } from './services-context.ts';

interface Place {
  to: Exclude<Route, { page: 'unknown' }>;
  /** Also the pages below it. */
  pages: ReadonlyArray<Route['page']>;
  label: string;
  icon: IconName;
  testId: string;
}

const PLACES: readonly Place[] = [
  {
    to: { page: 'library' },
    pages: ['library', 'game'],
    label: 'Library',
    icon: 'play',
    testId: 'library-link',
  },
  { to: { page: 'clubs' }, pages: ['clubs', 'club'], label: 'Clubs', icon: 'table', testId: 'clubs-link' },
  {
    to: { page: 'saves' },
    pages: ['saves', 'recordings'],
    label: 'Saves',
    icon: 'save',
    testId: 'saves-link',
  },
  { to: { page: 'history' }, pages: ['history'], label: 'History', icon: 'clock', testId: 'history-link' },
];

/** The places of the app: in the header, and at the thumb on a telephone. */
export function Nav(): JSX.Element {
  const { router } = useServices();
  const here = router.route.value.page;
  return (
    <nav class="nav" aria-label="Main">
      {PLACES.map(({ to, pages, label, icon, testId }) => (
        <Link key={label} to={to} class="nav-link" current={pages.includes(here)} testId={testId}>
          <Icon name={icon} />
          {label}
        </Link>
      ))}
    </nav>
  );
}
