import type { JSX } from 'preact';

export function Loading(): JSX.Element {
  return (
    <div class="centre" role="status">
      <span class="spinner" />
      <span class="visually-hidden">Loading</span>
    </div>
  );
}
