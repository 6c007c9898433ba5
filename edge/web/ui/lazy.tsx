import { useSignal } from '@preact/signals';
import type { FunctionComponent, JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ErrorPage } from './error-page.tsx';
import { Loading } from './loading.tsx';

/** A page whose code is fetched when it is first shown: what comes first stays small. */
export function lazy<P extends object>(load: () => Promise<FunctionComponent<P>>): FunctionComponent<P> {
  return function LazyPage(props: P): JSX.Element {
    const page = useSignal<FunctionComponent<P> | null>(null);
    const failed = useSignal(false);
    useEffect(() => {
      load().then(
        loaded => {
          page.value = loaded;
        },
        () => {
          failed.value = true;
        },
      );
    }, []);
    if (failed.value) {
      return (
        <ErrorPage
          title="This page did not load"
          text="Check your connection and load it again. There may also be a new version of Nearcade."
          again={() => window.location.reload()}
        />
      );
    }
    const Page = page.value;
    return Page === null ? <Loading /> : <Page {...props} />;
  };
}
