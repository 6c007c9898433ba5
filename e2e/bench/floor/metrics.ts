/** The text that a node's `/metrics` answers (Prometheus' text format). */
export async function readMetrics(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.text();
}

/** All values of that name, whatever their labels. */
export function valuesOf(text: string, name: string): number[] {
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map(line => Number(line.slice(line.lastIndexOf(' ') + 1)));
}
