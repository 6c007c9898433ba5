import type { ComponentChildren, JSX } from 'preact';
import { pathOf, type Route } from '../app/router.ts';
import { useServices } from './services-context.ts';

export interface LinkProps {
  to: Exclude<Route, { page: 'unknown' }>;
  label?: string;
  class?: string;
  /** It leads to where the player is. */
  current?: boolean;
  testId?: string;
  children: ComponentChildren;
}

/** A real link, for new tabs and screen readers; a plain click stays in the app. */
export function Link({
  to,
  label,
  class: className,
  current = false,
  testId,
  children,
}: LinkProps): JSX.Element {
  const { router } = useServices();
  return (
    <a
      href={pathOf(to)}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(className === undefined ? {} : { class: className })}
      {...(current ? { 'aria-current': 'page' as const } : {})}
      {...(testId === undefined ? {} : { 'data-testid': testId })}
      onClick={event => {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        router.go(to);
      }}
    >
      {children}
    </a>
  );
}
