import type { JSX } from 'preact';
import { useServices } from './services-context.ts';

export interface ErrorPageProps {
  title: string;
  text: string;
  again?: () => void;
}

export function ErrorPage({ title, text, again }: ErrorPageProps): JSX.Element {
  const { router } = useServices();
  return (
    <main class="centre">
      <div class="panel panel-narrow">
        <h1 class="panel-title">{title}</h1>
        <p class="muted">{text}</p>
        <div class="row">
          {again && (
            <button type="button" class="button button-primary" onClick={() => again()}>
              Try again
            </button>
          )}
          <button type="button" class="button" onClick={() => router.go({ page: 'library' })}>
            To the library
          </button>
        </div>
      </div>
    </main>
  );
}
