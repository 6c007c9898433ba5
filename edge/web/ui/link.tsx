import type { ComponentChildren, JSX } from 'preact';
import { pathOf, type Route } from '../app/router.ts';
import { useServices } from './services-context.ts';

export interface LinkProps {
  to: Exclude<Route, { page: 'unknown' }>;
  label?: string;
  class?: string;
  children: ComponentChildren;
}

/** A real link, for new tabs and screen readers; a plain click stays in the app. */
export function Link({ to, label, class: className, children }: LinkProps): JSX.Element {
  const { router } = useServices();
  return (
    <a
      href={pathOf(to)}
      {...(label === undefined ? {} : { 'aria-label': label })}
      {...(className === undefined ? {} : { class: className })}
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
