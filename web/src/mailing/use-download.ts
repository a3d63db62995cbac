// Fetches a file with the caller's token and gives it to the browser to keep. Half a file is never kept.
import { useRef, useState } from 'react';
import { authorizedFetch, useSession } from '../api/api.tsx';

export type DownloadState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly reason: 'notFound' | 'refused' | 'unavailable' | 'broken' };

export interface Download {
  readonly state: DownloadState;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
}

export function useDownload(url: string, fileName: string): Download {
  const session = useSession();
  const [state, setState] = useState<DownloadState>({ kind: 'idle' });
  const reading = useRef<AbortController | null>(null);

  const start = async (): Promise<void> => {
    const controller = new AbortController();
    reading.current = controller;
    setState({ kind: 'reading', bytes: 0 });
    try {
      const answer = await authorizedFetch(session, url, { signal: controller.signal });
      if (!answer.ok || answer.body === null) return setState({ kind: 'failed', reason: reasonOf(answer.status) });
      const file = await readWhole(answer.body, (bytes) => setState({ kind: 'reading', bytes }));
      keep(file, fileName);
      setState({ kind: 'idle' });
    } catch {
      setState(controller.signal.aborted ? { kind: 'idle' } : { kind: 'failed', reason: 'broken' });
    }
  };
  return { state, start, stop: () => reading.current?.abort() };
}

/** Tells how far it is at most four times a second. */
async function readWhole(body: ReadableStream<Uint8Array<ArrayBuffer>>, onProgress: (bytes: number) => void): Promise<Blob> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = body.getReader();
  let bytes = 0;
  let toldAt = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type: 'text/csv' });
    parts.push(value);
    bytes += value.byteLength;
    if (performance.now() - toldAt < 250) continue;
    toldAt = performance.now();
    onProgress(bytes);
  }
}

function keep(file: Blob, fileName: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = fileName;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function reasonOf(status: number): 'notFound' | 'refused' | 'unavailable' | 'broken' {
  if (status === 404) return 'notFound';
  if (status === 401 || status === 403) return 'refused';
  return status === 429 || status === 503 ? 'unavailable' : 'broken';
}
